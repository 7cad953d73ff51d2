"""What the window's commands do: shortcuts, palette, undo, settings, trash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLineEdit

from embedding_lab_app.shell.palette import PaletteDialog, palette_items, score
from embedding_lab_app.shell.settings_dialog import SettingsDialog
from embedding_lab_app.shell.trash_dialog import TrashDialog

if TYPE_CHECKING:
    from conftest import ScriptedAsker
    from pytestqt.qtbot import QtBot

    from embedding_lab_app.main_window import MainWindow


def test_every_shortcut_is_given_once_and_every_action_has_a_title(window: MainWindow) -> None:
    actions = list(window.context.actions)
    shortcuts = [action.shortcut for action in actions if action.shortcut]
    assert len(shortcuts) == len(set(shortcuts))
    assert all(action.plain_title for action in actions)
    assert window.context.actions["view.search"].shortcut == "Ctrl+4"


def test_the_palette_finds_commands_by_word_and_by_letters(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.show_palette()
    dialog = window.findChild(PaletteDialog)
    assert dialog is not None
    qtbot.keyClicks(dialog.field, "qqq")
    assert (dialog.list.isHidden(), dialog.nothing.isHidden()) == (True, False)
    qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    assert dialog.isVisible()
    dialog.field.clear()
    assert (dialog.list.isHidden(), dialog.nothing.isHidden()) == (False, True)
    qtbot.keyClicks(dialog.field, "jobs")
    assert dialog.list.item(0).text().startswith("Jobs panel")
    qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    assert not window.jobs_dock.isHidden()
    items = {item.title: item for item in palette_items(window.context)}
    assert "starter" in items
    assert score(items["Jobs panel"], "jbp") > 0
    assert score(items["Jobs panel"], "xyz") == 0
    assert items["Trash…"].kind == "Workspace"
    assert items["New…"].kind == "Workspace · Ctrl+N"
    assert not [item.title for item in items.values() if "&" in item.title + item.kind]


def test_the_keyboard_shortcuts_are_the_manuals_page_of_them(window: MainWindow) -> None:
    asked: list[str] = []
    window.context.manual_requested.disconnect()
    window.context.manual_requested.connect(asked.append)
    window.context.actions["help.shortcuts"].run()
    assert asked == ["keyboard"]


def test_settings_take_effect_and_are_searched(window: MainWindow) -> None:
    window.show_settings()
    dialog = window.findChild(SettingsDialog)
    assert dialog is not None
    combo = dialog.findChild(QComboBox)
    assert combo is not None
    combo.setCurrentIndex(2)
    assert window.context.theme.is_dark
    assert window.context.settings.theme == "dark"
    search = dialog.findChild(QLineEdit)
    assert search is not None
    search.setText("thread")
    assert not combo.isVisible()
    assert dialog.nothing.isHidden()
    dialog.search.setText("qqq")
    assert not dialog.nothing.isHidden()
    dialog.search.clear()
    assert dialog.nothing.isHidden()
    dialog.close()


def test_the_trash_can_be_put_back_and_emptied(window: MainWindow, asker: ScriptedAsker) -> None:
    workspace = window.context.workspace
    folder = workspace.runs_folder / "20260101-000000-aaaaaa"
    folder.mkdir(parents=True)
    workspace.trash.put(folder, "run", "Old run")
    window.show_trash()
    dialog = window.findChild(TrashDialog)
    assert dialog is not None
    assert "Run Old run" in dialog.list.item(0).text()
    dialog.restore_button.click()
    assert folder.exists()
    workspace.trash.put(folder, "run", "Old run")
    dialog.close()
    window.show_trash()
    asker.answers["Empty the trash"] = True
    last = window.findChildren(TrashDialog)[-1]
    last.empty_button.click()
    assert workspace.trash.items() == []
    last.close()


def test_a_selection_is_undone_and_done_again(window: MainWindow) -> None:
    selection = window.context.selection
    selection.select("c", (1, 2))
    selection.select("c", (3,))
    window.context.actions["edit.undo"].run()
    assert selection.rows == (1, 2)
    window.context.actions["edit.redo"].run()
    assert selection.rows == (3,)
