"""The line above the pages: the workspace's name, the palette's field, theme and settings."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from embedding_lab.workspace.workspace import WORKSPACE_FILE
from embedding_lab_app.widgets.buttons import Button, IconButton, MenuButton
from embedding_lab_app.widgets.layout import row
from embedding_lab_app.widgets.surfaces import Surface

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from embedding_lab_app.context import AppContext

NEXT_THEME = {"system": "light", "light": "dark", "dark": "system"}
MOST_RECENT = 8
LONGEST_NAME = 360
THEME_ICON = {"system": "circle-half", "light": "sun", "dark": "moon"}


class Header(Surface):
    """Shows where one is and leads to everything by name."""

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        self._context = context
        self.name = MenuButton("", "Workspace")
        self.name.setProperty("kind", "name")
        self.name.setToolTip("Open another workspace")
        self.name.menu().aboutToShow.connect(self._fill_menu)
        self.palette_button = Button("Commands, corpora, encoders…   Ctrl+K", self._open_palette)
        self.palette_button.setMinimumWidth(280)
        self.palette_button.setAccessibleName("Find a command, corpus or encoder")
        self.theme_button = IconButton(context.theme, "circle-half", "Theme", self._next_theme)
        self.settings_button = IconButton(
            context.theme, "gear", "Settings", context.actions["edit.settings"].run
        )
        layout = row(
            self.name,
            None,
            self.palette_button,
            self.theme_button,
            self.settings_button,
            margins=(8, 8, 16, 8),
        )
        super().__init__("header", layout, parent)
        self._show_theme()

    def show_workspace(self, name: str) -> None:
        """Show the workspace's name."""
        font = self.name.fontMetrics()
        shown = font.elidedText(name, Qt.TextElideMode.ElideRight, LONGEST_NAME)
        self.name.setText(f"{shown} ▾")
        self.name.setAccessibleName(f"Workspace {name}")

    def _fill_menu(self) -> None:
        menu, context = self.name.menu(), self._context
        menu.clear()
        for folder in context.recent_workspaces()[:MOST_RECENT]:
            action = menu.addAction(folder.stem, partial(context.workspace_requested.emit, folder))
            action.setToolTip(str(folder))
            # Its drive may be away; the name still tells where it was.
            action.setEnabled((folder / WORKSPACE_FILE).exists())
        menu.addSeparator()
        for name in ("workspace.new", "workspace.open"):
            command = context.actions[name]
            menu.addAction(command.title, command.run)

    def _open_palette(self) -> None:
        self._context.actions["view.palette"].run()

    def _next_theme(self) -> None:
        choice = NEXT_THEME[self._context.theme.choice]
        self._context.theme.choose(choice)
        self._context.settings.theme = choice
        self._context.save_settings()
        self._show_theme()

    def _show_theme(self) -> None:
        choice = self._context.theme.choice
        self.theme_button.set_icon(THEME_ICON[choice], f"Theme: {choice}")
