"""The manual, offline, in a window of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices, QKeySequence, QShortcut
from PySide6.QtWidgets import QSplitter, QWidget

from embedding_lab.manual.page import ManualPage, place
from embedding_lab_app.shell.manual_browser import ManualBrowser
from embedding_lab_app.shell.manual_contents import ManualContents
from embedding_lab_app.shell.manual_find import FindBar
from embedding_lab_app.widgets.buttons import IconButton
from embedding_lab_app.widgets.labels import ElidedLabel
from embedding_lab_app.widgets.layout import boxed, column, row

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtCore import QUrl
    from PySide6.QtGui import QCloseEvent

    from embedding_lab_app.theme import Theme

FIRST_SIZE, SIDE_WIDTH = (1120, 760), 320
FIRST = "getting-started"


class ManualWindow(QWidget):
    """Contents and search on the left, the page on the right.

    It belongs to no other window, so that a dialog which waits for an answer leaves it usable.
    """

    def __init__(self, theme: Theme, pages: Mapping[str, ManualPage]) -> None:
        super().__init__(None, Qt.WindowType.Window)
        self.setWindowTitle("Manual")
        self._theme = theme
        self._pages = pages
        # Places with the words marked there; how far each was scrolled is kept when it is left.
        self._visited: list[tuple[ManualPage, str, list[str]]] = []
        self._scrolled: list[int] = []
        self._at = -1
        self.contents = ManualContents(theme, pages)
        self.contents.place_chosen.connect(self._on_place_chosen)
        self.browser = ManualBrowser(theme)
        self.browser.anchorClicked.connect(self._on_anchor_clicked)
        self.find_bar = FindBar(theme, self.browser)
        self.find_bar.closed.connect(self.browser.setFocus)
        self.back_button = IconButton(theme, "arrow-left", "Back (Alt+Left)", self.go_back)
        self.forward_button = IconButton(
            theme, "arrow-right", "Forward (Alt+Right)", self.go_forward
        )
        self.title = ElidedLabel("", "field")
        find_button = IconButton(
            theme, "magnifying-glass", "Find in this page (Ctrl+F)", self.find_bar.open_bar
        )
        top = row(
            self.back_button, self.forward_button, self.title, find_button, margins=(8, 4, 8, 4)
        )
        top.setStretch(2, 1)
        page = column(boxed(top), self.browser, self.find_bar, spacing=0)
        page.setStretch(1, 1)
        splitter = QSplitter()
        splitter.addWidget(self.contents)
        splitter.addWidget(boxed(page))
        splitter.setSizes([SIDE_WIDTH, FIRST_SIZE[0] - SIDE_WIDTH])
        splitter.setStretchFactor(1, 1)
        self.setLayout(column(splitter))
        self.resize(*FIRST_SIZE)
        self._add_shortcuts()
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()
        self._show_buttons()

    @property
    def place(self) -> str:
        """Where it is open: ``encoders#from-a-hub``."""
        if self._at < 0:
            return ""
        page, section, _ = self._visited[self._at]
        return f"{page.name}#{section}" if section else page.name

    def show_place(self, target: str) -> None:
        """Open a page at one of its sections: ``encoders#from-a-hub``."""
        name, section = place(target)
        self._open(self._pages.get(name, self._pages[FIRST]), section)

    def show_text(self, page: ManualPage) -> None:
        """Open a page that the contents do not list."""
        self._open(page)

    def go_back(self) -> None:
        """Open the place that was open before."""
        self._go(self._at - 1)

    def go_forward(self) -> None:
        """Open the place that was left with Back."""
        self._go(self._at + 1)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Leave what was searched behind, so that the contents are seen at the next opening."""
        self.contents.search.clear()
        super().closeEvent(event)

    def _open(self, page: ManualPage, section: str = "", marked: list[str] | None = None) -> None:
        wanted = (page, section, marked or [])
        if self._at < 0 or self._visited[self._at] != wanted:
            self._keep_scrolled()
            del self._visited[self._at + 1 :], self._scrolled[self._at + 1 :]
            self._visited.append(wanted)
            self._scrolled.append(0)
            self._at += 1
        self._show()

    def _go(self, number: int) -> None:
        if 0 <= number < len(self._visited):
            self._keep_scrolled()
            self._at = number
            self._show()
            self.browser.verticalScrollBar().setValue(self._scrolled[number])

    def _keep_scrolled(self) -> None:
        if self._at >= 0:
            self._scrolled[self._at] = self.browser.verticalScrollBar().value()

    def _show(self) -> None:
        page, section, marked = self._visited[self._at]
        self.browser.show_page(page, section, marked)
        self.contents.show_place(page.name)
        self.title.setText(" ▸ ".join((*page.above, page.title)))
        self.find_bar.search_again()
        self._show_buttons()

    def _show_buttons(self) -> None:
        self.back_button.setEnabled(self._at > 0)
        self.forward_button.setEnabled(self._at < len(self._visited) - 1)

    def _on_place_chosen(self, name: str, section: str, marked: list[str]) -> None:
        self._open(self._pages[name], section, marked)

    def _on_anchor_clicked(self, url: QUrl) -> None:
        if url.scheme() in {"http", "https"}:
            QDesktopServices.openUrl(url)
            return
        name, _ = place(url.path())
        here = self._visited[self._at][0]
        self._open(self._pages.get(name, here), url.fragment())

    def _on_theme_changed(self) -> None:
        self.setStyleSheet(self._theme.style_sheet)
        self.contents.search.glass.setIcon(self._theme.icon("magnifying-glass"))

    def _add_shortcuts(self) -> None:
        for keys, act in (
            ("Ctrl+F", self.find_bar.open_bar),
            ("Ctrl+K", self.contents.search.setFocus),
            ("Alt+Left", self.go_back),
            ("Alt+Right", self.go_forward),
            ("Ctrl+W", self.close),
        ):
            QShortcut(QKeySequence(keys), self).activated.connect(act)
