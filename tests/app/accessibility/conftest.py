"""The window with corpora in it, and no engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from window_states import furnish

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from embedding_lab_app.main_window import MainWindow


@pytest.fixture(autouse=True)
def without_engine(no_engine: None) -> None:
    """No test of this folder loads an engine."""


@pytest.fixture
def furnished(window: MainWindow, qtbot: QtBot) -> MainWindow:
    """The window on a workspace with corpora, one of them embedded."""
    furnish(window, qtbot)
    return window
