"""The bar that looks for words within the open page of the manual."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut

from embedding_lab_app.widgets.buttons import IconButton
from embedding_lab_app.widgets.field import SearchField
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import row
from embedding_lab_app.widgets.surfaces import Surface

if TYPE_CHECKING:
    from embedding_lab_app.shell.manual_browser import ManualBrowser
    from embedding_lab_app.theme import Theme

FIELD_WIDTH = 260


class FindBar(Surface):
    """Marks every place as one types; Return goes to the next, Shift+Return to the one before.

    Signals
    -------
    closed()
        The bar is gone; the page takes the keys again.
    """

    closed = Signal()

    def __init__(self, theme: Theme, browser: ManualBrowser) -> None:
        self._browser = browser
        self._at = self._n = 0
        self.field = SearchField(theme.icon("magnifying-glass"), "Find in this page")
        self.field.setFixedWidth(FIELD_WIDTH)
        self.told = Label("", "small")
        before = IconButton(theme, "caret-up", "Previous place", lambda: self._step(-1))
        after = IconButton(theme, "caret-down", "Next place", lambda: self._step(1))
        close = IconButton(theme, "x", "Close the search in the page", self.close_bar)
        super().__init__(
            "strip", row(self.field, before, after, self.told, None, close, margins=(12, 6, 12, 6))
        )
        self.field.textChanged.connect(self._on_text_changed)
        self.field.returnPressed.connect(self._on_return_pressed)
        for keys, act in (
            (Qt.Key.Key_Escape, self.close_bar),
            (Qt.Modifier.SHIFT | Qt.Key.Key_Return, self._go_back),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)
        self.hide()

    def open_bar(self) -> None:
        """Show the bar and take the keys."""
        self.show()
        self.field.setFocus()
        self.field.selectAll()
        self._on_text_changed(self.field.text())

    def close_bar(self) -> None:
        """Take bar and marks away."""
        self.hide()
        self._browser.mark([])
        self.closed.emit()

    def search_again(self) -> None:
        """Look for the same words in another page, where the bar is open."""
        if self.isVisible():
            self._on_text_changed(self.field.text())

    def _on_text_changed(self, typed: str) -> None:
        wanted = typed.strip()
        self._n = self._browser.mark([wanted] if wanted else [])
        self._at = self._browser.first_place_in_view()
        self._show_place()

    def _on_return_pressed(self) -> None:
        self._step(1)

    def _go_back(self) -> None:
        self._step(-1)

    def _step(self, by: int) -> None:
        if self._n:
            self._at = (self._at + by) % self._n
            self._show_place()

    def _show_place(self) -> None:
        if self._n:
            self._browser.go_to_place(self._at)
            self.told.setText(f"{self._at + 1:,} of {self._n:,}")
        else:
            self.told.setText("Not on this page" if self.field.text().strip() else "")
