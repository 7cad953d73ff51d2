"""The list of pages on the left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedding_lab_app.pages.base import PageEntry
    from embedding_lab_app.theme import Theme

WIDTH, NARROW_WIDTH = 136, 44
ROW_HEIGHT = 32


class Navigation(QListWidget):
    """One line a page; ``page_chosen`` carries its id."""

    page_chosen = Signal(str)

    def __init__(
        self, pages: Sequence[PageEntry], theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._pages = pages
        self.setProperty("kind", "navigation")
        self.setAccessibleName("Pages")
        self.setIconSize(QSize(18, 18))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for number, page in enumerate(pages, start=1):
            item = QListWidgetItem()
            item.setData(Qt.ItemDataRole.AccessibleTextRole, page.title)
            item.setToolTip(f"{page.title} (Ctrl+{number})")
            self.addItem(item)
        self._is_narrow: bool | None = None
        self.set_narrow(is_narrow=False)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()
        self.currentRowChanged.connect(self._on_current_row_changed)

    def choose(self, page_id: str) -> None:
        """Mark a page as the open one."""
        self.setCurrentRow([page.page_id for page in self._pages].index(page_id))

    def set_narrow(self, *, is_narrow: bool) -> None:
        """Show icons alone, whose tooltips have the titles, or the titles too."""
        if is_narrow is self._is_narrow:
            return
        self._is_narrow = is_narrow
        width = NARROW_WIDTH if is_narrow else WIDTH
        self.setFixedWidth(width)
        for row, page in enumerate(self._pages):
            self.item(row).setText("" if is_narrow else page.title)
            # The style sheet's own height would count only from the first change of theme on.
            self.item(row).setSizeHint(QSize(width, ROW_HEIGHT))

    def _on_theme_changed(self) -> None:
        for row, page in enumerate(self._pages):
            self.item(row).setIcon(self._theme.icon(page.icon, "text"))

    def _on_current_row_changed(self, row: int) -> None:
        if row >= 0:
            self.page_chosen.emit(self._pages[row].page_id)
