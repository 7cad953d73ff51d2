"""Buttons that name their act."""

from __future__ import annotations

import shlex
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QMenu, QPushButton, QToolButton, QWidget

from embedding_lab.table_text import TITLES
from embedding_lab_app.widgets.labels import ElidedLabel
from embedding_lab_app.widgets.layout import row

if TYPE_CHECKING:
    from collections.abc import Callable

    from embedding_lab_app.theme import Theme


class Button(QPushButton):
    """A button with words on it.

    Parameters
    ----------
    text : str
        The act: ``Import…``.
    on_click : callable, optional
        Called without arguments.
    kind : str
        ``primary``, ``danger``, ``link``, or nothing.
    """

    def __init__(
        self,
        text: str,
        on_click: Callable[[], object] | None = None,
        kind: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self.setProperty("kind", kind)
        self.setAutoDefault(False)
        if kind == "link":
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        if on_click is not None:
            self._on_click = on_click
            self.clicked.connect(self._on_clicked)

    def _on_clicked(self) -> None:
        self._on_click()


class IconButton(QToolButton):
    """A small flat button with an icon, and a word where one fits.

    The name is what a screen reader says and what the tooltip shows.
    """

    def __init__(
        self,
        theme: Theme,
        icon: str,
        name: str,
        on_click: Callable[[], object] | None = None,
        *,
        text: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon = icon
        self.setProperty("kind", "flat")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.set_name(name)
        if text:
            self.setText(text)
            self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        if on_click is not None:
            self._on_click = on_click
            self.clicked.connect(self._on_clicked)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def set_icon(self, icon: str, name: str) -> None:
        """Change icon and name together, as when Pause becomes Continue."""
        self._icon = icon
        self.set_name(name)
        self._on_theme_changed()

    def set_name(self, name: str) -> None:
        """Change what a screen reader says and the tooltip shows."""
        self.setAccessibleName(name)
        self.setToolTip(name)

    def _on_clicked(self) -> None:
        self._on_click()

    def _on_theme_changed(self) -> None:
        self.setIcon(self._theme.icon(self._icon, "text"))


class PrimaryButton(QWidget):
    """The one act a page is about, with what it costs beside it."""

    def __init__(
        self, text: str, on_click: Callable[[], object], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.button = Button(text, on_click, kind="primary")
        self.cost = ElidedLabel("", "small")
        layout = row(self.button, self.cost, spacing=12)
        layout.setStretch(1, 1)
        self.setLayout(layout)

    def set_act(self, text: str, cost: str = "", *, is_enabled: bool = True) -> None:
        """Say what the button does now, what it costs, and whether it can be done."""
        self.button.setText(text)
        self.cost.setText(cost)
        self.button.setEnabled(is_enabled)


COPY_AS = "Copy as Python or as a command"


class MenuButton(QToolButton):
    """A button that opens a menu of acts, whose tooltips say what they do."""

    def __init__(self, text: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(f"{text} ▾")
        self.setAccessibleName(name)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        self.setMenu(menu)

    def add(self, title: str, act: Callable[[], object], help_text: str = "") -> QAction:
        """Add an act to the menu and return it."""
        action = self.menu().addAction(title, act)
        action.setToolTip(help_text)
        return action


class CopyAsButton(MenuButton):
    """``Copy as``: the Python lines or the command that do what was just done.

    ``what`` tells one from another on the same page, while there is no command to tell it.
    """

    def __init__(self, what: str = "", parent: QWidget | None = None) -> None:
        super().__init__("Copy as", COPY_AS, parent)
        self.setToolTip("Copy what was just done as Python or as a command")
        self._what = what
        self._python = ""
        self._command = ""
        self._tables: list[QAction] = []
        self._lines = (
            self.add("Python", self._copy_python),
            self.add("Command", self._copy_command),
        )
        self.setEnabled(False)

    def add_tables(self, text_of: Callable[[str], str]) -> None:
        """Offer the last result as a table too; ``text_of`` gets one of the forms of tables."""
        self.menu().addSeparator()
        self._text_of = text_of
        for form, title in TITLES.items():
            self._tables.append(self.add(f"Result as {title}", partial(self._copy_table, form)))

    def offer(self, *, python: str, command: str, tables: bool = False) -> None:
        """Set what is copied, and whether there is a result to copy as a table."""
        self._python, self._command = python, command
        self.setAccessibleName(": ".join(filter(None, (COPY_AS, _act(command) or self._what))))
        for action, text in zip(self._lines, (python, command), strict=True):
            action.setEnabled(bool(text))
        for action in self._tables:
            action.setEnabled(tables)
        self.setEnabled(bool(python or command or tables))

    def _copy_table(self, form: str) -> None:
        QGuiApplication.clipboard().setText(self._text_of(form))

    def _copy_python(self) -> None:
        QGuiApplication.clipboard().setText(self._python)

    def _copy_command(self) -> None:
        QGuiApplication.clipboard().setText(self._command)


def _act(command: str) -> str:
    """Return the words of a command line that name its act: ``encoder prepare``."""
    words = shlex.split(command)[1:]
    if words[:1] == ["--workspace"]:
        words = words[2:]
    return " ".join(takewhile(lambda word: word.replace("-", "").isalpha(), words[:2]))
