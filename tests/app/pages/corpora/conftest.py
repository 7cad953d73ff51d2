"""The Corpora page, and the steps that most of its tests begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from window_driving import wait_idle

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from embedding_lab_app.main_window import MainWindow
    from embedding_lab_app.pages.corpora.page import CorporaPage

TABLE = """id,headline,body,year
a1,Whales sing,"A whale sings
under water.",1851
a2,Lions roar,The lion roars at night.,1975
a3,No text here,,1990
a4,Sharks,The shark never sleeps.,2003
a5,Too many,cells,in,this,row
"""


@pytest.fixture(autouse=True)
def without_engine(no_engine: None) -> None:
    """No test of this folder loads an engine."""


@pytest.fixture
def page(window: MainWindow) -> CorporaPage:
    window.show_page("corpora")
    return window.page("corpora")


@pytest.fixture
def table_file(tmp_path: Path) -> Path:
    path = tmp_path / "animals.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


@pytest.fixture
def drop(page: CorporaPage, qtbot: QtBot) -> Callable[..., None]:
    """Drop files on the window and wait for their preview."""

    def drop_them(*paths: Path) -> None:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        action, button = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
        keys = Qt.KeyboardModifier.NoModifier
        page.window().dropEvent(QDropEvent(QPointF(400, 300), action, data, button, keys))
        qtbot.waitUntil(lambda: not page.controller.draft.is_reading)

    return drop_them


@pytest.fixture
def imported(
    page: CorporaPage, drop: Callable[..., None], table_file: Path, qtbot: QtBot
) -> CorporaPage:
    """The page with the small table imported."""
    drop(table_file)
    page.preview.primary.button.click()
    wait_idle(page.context.runner, qtbot)
    return page
