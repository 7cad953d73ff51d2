"""An index of packages that holds a small engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from engine_making import StandInIndex, engine_wheels

from embedding_lab.hub import client, receive

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(receive, "REPORT_EVERY_S", 0.0)


@pytest.fixture
def served() -> Iterator[StandInIndex]:
    with StandInIndex(engine_wheels()) as made:
        yield made
