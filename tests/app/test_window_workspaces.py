"""Which workspace the window shows: opened, dropped, recent, read-only."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent

from embedding_lab.settings import load_settings, remember_workspace
from embedding_lab.workspace.workspace import create_workspace, open_workspace
from embedding_lab_app.shell.palette import palette_items

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import ScriptedAsker
    from pytestqt.qtbot import QtBot

    from embedding_lab_app.main_window import MainWindow


def drop(window: MainWindow, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    event = QDropEvent(
        QPointF(QPoint(400, 300)),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dropEvent(event)


def test_a_second_window_on_a_workspace_is_read_only_and_says_so(
    make_main_window: Callable[..., MainWindow], tmp_path: Path
) -> None:
    with create_workspace(tmp_path / "Study.embedlab"):
        window = make_main_window()
        assert window.banner.isVisible()
        assert "Read-only. It is open elsewhere" in window.banner.text


def test_a_dropped_workspace_opens(window: MainWindow, tmp_path: Path) -> None:
    create_workspace(tmp_path / "Other.embedlab").close()
    drop(window, tmp_path / "Other.embedlab")
    assert window.context.workspace.name == "Other"
    assert window.windowTitle().startswith("Other")
    with open_workspace(tmp_path / "Study.embedlab") as old:
        assert old.is_writable


def test_dropped_files_lead_to_corpora_and_encoder_folders_to_encoders(
    window: MainWindow, tmp_path: Path
) -> None:
    led: list[tuple[str, dict[str, Any]]] = []
    window.context.navigation_requested.disconnect()
    window.context.navigation_requested.connect(lambda page, args: led.append((page, args)))
    table = tmp_path / "a.csv"
    table.write_text("text\nhello\n")
    encoder = tmp_path / "encoder"
    encoder.mkdir()
    (encoder / "modules.json").write_text("[]")
    drop(window, table)
    drop(window, encoder)
    assert led == [("corpora", {"paths": [table]}), ("encoders", {"folder": encoder})]


def test_a_workspace_that_cannot_be_opened_leaves_the_present_one(
    window: MainWindow, tmp_path: Path, asker: ScriptedAsker
) -> None:
    asker.answers["Open a workspace"] = tmp_path
    window.context.actions["workspace.open"].run()
    assert window.context.workspace.name == "Study"
    assert "is no workspace" in window.context.notices.history[-1].text


def test_recent_workspaces_open_from_the_name_and_from_the_palette(
    make_main_window: Callable[..., MainWindow], tmp_path: Path, qtbot: QtBot
) -> None:
    first, second = tmp_path / "First.embedlab", tmp_path / "Second.embedlab"
    create_workspace(first).close()
    window = make_main_window(second)
    window.context.workspace_requested.emit(first)
    menu = window.header.name.menu()
    menu.aboutToShow.emit()
    (recent,) = [action for action in menu.actions() if action.text() == "Second"]
    recent.trigger()
    assert window.context.workspace.folder == second
    assert window.header.name.text() == "Second ▾"
    (item,) = [item for item in palette_items(window.context) if item.kind == "Recent workspace"]
    assert item.title == "First"
    item.run()
    assert window.context.workspace.folder == first


def test_a_recent_workspace_that_is_gone_cannot_be_chosen(
    window: MainWindow, tmp_path: Path
) -> None:
    gone = tmp_path / "Gone.embedlab"
    create_workspace(gone).close()
    remember_workspace(str(gone))
    shutil.rmtree(gone)
    menu = window.header.name.menu()
    menu.aboutToShow.emit()
    (action,) = [action for action in menu.actions() if action.text() == "Gone"]
    assert not action.isEnabled()
    assert not [item for item in palette_items(window.context) if item.title == "Gone"]


def test_saving_the_settings_keeps_workspaces_that_another_window_opened(
    window: MainWindow,
) -> None:
    remember_workspace("/elsewhere")
    window.context.settings.threads = 3
    window.context.save_settings()
    saved = load_settings()
    assert (saved.recent_workspaces[0], saved.threads) == ("/elsewhere", 3)
