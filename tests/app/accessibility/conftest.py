"""The window with corpora in it, and no engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from encoder_making import HashEncoder
from window_states import furnish

from embedding_lab.encoders import pool

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from embedding_lab_app.main_window import MainWindow


@pytest.fixture(autouse=True)
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "load", lambda record, log=None: HashEncoder(record))


@pytest.fixture
def furnished(window: MainWindow, qtbot: QtBot) -> MainWindow:
    """The window on a workspace with corpora, one of them embedded."""
    furnish(window, qtbot)
    return window
