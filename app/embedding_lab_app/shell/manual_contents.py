"""The left side of the manual: its contents, or what a search over all of it found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QStackedWidget, QTreeWidget, QTreeWidgetItem, QWidget

from embedding_lab.manual.pages import METHODS
from embedding_lab.manual.search import ManualIndex, words
from embedding_lab_app.widgets.buttons import Button
from embedding_lab_app.widgets.field import SearchField
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.named_list import NamedLine, NamedList

if TYPE_CHECKING:
    from collections.abc import Mapping

    from embedding_lab.manual.page import ManualPage
    from embedding_lab.manual.search import Found
    from embedding_lab_app.theme import Theme

NAME = Qt.ItemDataRole.UserRole
ROW_HEIGHT = 26


class ManualContents(QWidget):
    """A field, and below it the contents or the results.

    Signals
    -------
    place_chosen(page, section, words)
        A page is wanted; a result's section and the words to be marked in it, if it was searched.
    """

    place_chosen = Signal(str, str, list)

    def __init__(
        self, theme: Theme, pages: Mapping[str, ManualPage], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._index = ManualIndex(pages.values())
        self._found: list[Found] = []
        self.search = SearchField(theme.icon("magnifying-glass"), "Search the manual")
        self.tree = QTreeWidget()
        self.tree.setAccessibleName("Contents of the manual")
        self.tree.setHeaderHidden(True)
        self.tree.setTabKeyNavigation(False)
        self._items = _fill(self.tree, pages)
        self.results = NamedList(theme, "What the search found")
        self.told = Label("", "muted", wraps=True)
        self.meant = Button("", self._search_meant, kind="link")
        self._meant = ""
        found = column(self.told, boxed(row(self.meant, None)), self.results, spacing=4)
        found.setStretch(2, 1)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.tree)
        self.stack.addWidget(boxed(found))
        self.setLayout(column(self.search, self.stack, margins=8))
        self.search.textChanged.connect(self._on_text_changed)
        self.search.returnPressed.connect(self._on_return_pressed)
        self.tree.currentItemChanged.connect(self._on_current_item_changed)
        self.results.item_chosen.connect(self._on_item_chosen)

    @property
    def found(self) -> list[Found]:
        """What the search found, the best first."""
        return self._found

    def show_place(self, name: str) -> None:
        """Mark a page as the open one without telling anybody."""
        item = self._items.get(name)
        if item is not None and item is not self.tree.currentItem():
            blocked = self.tree.blockSignals(True)
            self.tree.setCurrentItem(item)
            self.tree.blockSignals(blocked)

    def _on_text_changed(self, typed: str) -> None:
        self.stack.setCurrentIndex(1 if typed.strip() else 0)
        self._found = self._index.find(typed)
        lines = [
            NamedLine(str(number), found.title, found.snippet)
            for number, found in enumerate(self._found)
        ]
        self.results.show_lines(lines, "")
        self.results.setVisible(bool(lines))
        self._meant = self._index.suggestion(typed)
        self.meant.setText(f"Search for “{self._meant}”")
        self.meant.setVisible(bool(self._meant))
        self.told.setText(_told(len(lines), typed.strip(), bool(self._meant)))

    def _search_meant(self) -> None:
        self.search.setText(self._meant)
        self.search.setFocus()

    def _on_return_pressed(self) -> None:
        if self._found:
            self.results.choose("0")
            self._on_item_chosen("0")
            self.results.setFocus()

    def _on_item_chosen(self, number: str) -> None:
        found = self._found[int(number)]
        self.place_chosen.emit(found.page, found.slug, words(self.search.text()))

    def _on_current_item_changed(
        self, item: QTreeWidgetItem | None, _before: QTreeWidgetItem | None
    ) -> None:
        name = item.data(0, NAME) if item is not None else None
        if name:
            self.place_chosen.emit(name, "", [])


def _told(n: int, typed: str, has_meant: bool) -> str:
    if n:
        return f"{n} place" if n == 1 else f"{n} places"
    more = "Did you mean this?" if has_meant else "Try fewer or other words."
    return f"Nothing in the manual fits “{typed}”. {more}"


def _fill(tree: QTreeWidget, pages: Mapping[str, ManualPage]) -> dict[str, QTreeWidgetItem]:
    """Put the pages into the tree: methods below their families, below the page on methods."""
    items: dict[str, QTreeWidgetItem] = {}
    families: dict[str, QTreeWidgetItem] = {}
    for name, page in pages.items():
        above: QTreeWidget | QTreeWidgetItem = tree
        for title in page.above:
            if title not in families:
                families[title] = QTreeWidgetItem(items[METHODS], [title])
            above = families[title]
        items[name] = QTreeWidgetItem(above, [page.title])
        items[name].setData(0, NAME, name)
    for item in (*items.values(), *families.values()):
        item.setSizeHint(0, QSize(0, ROW_HEIGHT))
    return items
