"""The folder of packaging scripts, as they see it themselves."""

from __future__ import annotations

import pytest
from packaging_making import PACKAGING


@pytest.fixture
def packaging(monkeypatch: pytest.MonkeyPatch) -> None:
    """The scripts import each other as the folder `packaging` is their start."""
    monkeypatch.syspath_prepend(str(PACKAGING))
