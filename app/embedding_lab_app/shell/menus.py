"""The menu bar, made from the list of commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from embedding_lab_app.shell.window_actions import MENUS

if TYPE_CHECKING:
    from embedding_lab_app.actions import ActionList
    from embedding_lab_app.shell.commanded_window import CommandedWindow


def fill_menu_bar(window: CommandedWindow) -> None:
    """Put every command that names a menu into it; shortcuts work from then on."""
    actions = window.context.actions
    for title in MENUS:
        menu = QMenu(title, window)
        window.menuBar().addMenu(menu)
        for action in actions.of_menu(title):
            if action.is_separated:
                menu.addSeparator()
            item = QAction(action.title, window)
            item.setObjectName(action.id)
            if action.shortcut:
                item.setShortcut(QKeySequence(action.shortcut))
            item.triggered.connect(lambda _checked=False, run=action.run: run())
            menu.addAction(item)
        menu.aboutToShow.connect(lambda shown=menu: _enable_items(shown, actions))


def _enable_items(menu: QMenu, actions: ActionList) -> None:
    known = {action.id: action for action in actions}
    for item in menu.actions():
        if item.objectName() in known:
            item.setEnabled(known[item.objectName()].is_enabled())
