"""A table of any length that holds only the pages somebody looks at."""

from __future__ import annotations

from abc import abstractmethod
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

Index = QModelIndex | QPersistentModelIndex
EntryT = TypeVar("EntryT")

PAGE_ROWS = 128
PAGES_KEPT = 32
# What a cell shows of a long text; copying and the inspector take all of it.
SHOWN_CHARACTERS = 300
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class PagedModel(QAbstractTableModel, Generic[EntryT]):
    """Shows entries by their numbers; each page of them is fetched when its first row is drawn.

    Subclasses say how to fetch entries, what their columns are called and what a cell holds.
    """

    headers: tuple[str, ...] = ()
    right_aligned: frozenset[str] = frozenset()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._numbers: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._pages: OrderedDict[int, Sequence[EntryT]] = OrderedDict()
        self.n_fetches = 0

    @abstractmethod
    def fetch(self, numbers: Sequence[int]) -> Sequence[EntryT]:
        """Return the entries with these numbers, in that order."""

    @abstractmethod
    def value(self, entry: EntryT, column: int) -> Any:
        """Return the whole value of one cell."""

    @property
    def numbers(self) -> NDArray[np.int64]:
        """The numbers of all entries, in the order shown."""
        return self._numbers

    def show_numbers(self, numbers: NDArray[np.int64]) -> None:
        """Show other entries, or the same in another order."""
        self.beginResetModel()
        self._numbers = numbers
        self._pages.clear()
        self.endResetModel()

    def entry(self, row: int) -> EntryT:
        """Return the entry in a row, fetching its page if it is not at hand."""
        page = row // PAGE_ROWS
        if page in self._pages:
            self._pages.move_to_end(page)
        else:
            start = page * PAGE_ROWS
            wanted = self._numbers[start : start + PAGE_ROWS].tolist()
            self._pages[page] = self.fetch(wanted)
            self.n_fetches += 1
            while len(self._pages) > PAGES_KEPT:
                self._pages.popitem(last=False)
        return self._pages[page][row % PAGE_ROWS]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Return how many entries there are."""
        return 0 if parent.isValid() else len(self._numbers)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(self.headers)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return a column's title and how it is aligned."""
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self.headers):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.headers[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if self.headers[section] in self.right_aligned else LEFT
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell: shortened to show, whole to copy."""
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if self.headers[index.column()] in self.right_aligned else LEFT
        if role not in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole}:
            return None
        value = self.value(self.entry(index.row()), index.column())
        return one_line(value) if role == Qt.ItemDataRole.DisplayRole else whole(value)


def one_line(value: Any) -> str:
    """Return a value as one line of text, numbers with separators, and not longer than shown."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    text = whole(value)[: 2 * SHOWN_CHARACTERS]
    return " ".join(text.split())[:SHOWN_CHARACTERS]


def whole(value: Any) -> str:
    """Return a value as text."""
    return "" if value is None else str(value)
