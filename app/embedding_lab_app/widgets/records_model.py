"""Records, such as a job or a hub returned, as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

Index = QModelIndex | QPersistentModelIndex
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class RecordsModel(QAbstractTableModel):
    """Records under some of their members' names.

    Parameters
    ----------
    columns : sequence of (str, str)
        Member and title of each column; numbers are aligned to the right, ``None`` is empty.
    figures : collection of str
        Members that are numbers written out already.
    digits : int, default 1
        Decimals of numbers that are not whole.
    """

    def __init__(
        self,
        columns: Sequence[tuple[str, str]],
        parent: QObject,
        figures: Collection[str] = (),
        digits: int = 1,
    ) -> None:
        super().__init__(parent)
        self._columns = list(columns)
        self._figures = frozenset(figures)
        self._digits = digits
        self.records: list[dict[str, Any]] = []

    def show_records(self, records: Sequence[dict[str, Any]]) -> None:
        """Replace the records."""
        self.beginResetModel()
        self.records = list(records)
        self.endResetModel()

    def show_columns(self, columns: Sequence[tuple[str, str]]) -> None:
        """Show other members, or the same under other titles; the records are put away."""
        self.beginResetModel()
        self._columns, self.records = list(columns), []
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Return how many records there are."""
        return 0 if parent.isValid() else len(self.records)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(self._columns)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return a column's title, aligned as its cells are."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._columns[section][1]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if self._is_number(section) else LEFT
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell."""
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if self._is_number(index.column()) else LEFT
        # A cell that is too narrow shows the rest under the mouse.
        if role not in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole}:
            return None
        value = self.records[index.row()][self._columns[index.column()][0]]
        if isinstance(value, bool):
            return "yes" if value else ""
        if isinstance(value, float):
            return f"{value:,.{self._digits}f}"
        if value is None:
            return ""
        return f"{value:,}" if isinstance(value, int) else str(value)

    def _is_number(self, column: int) -> bool:
        member = self._columns[column][0]
        if member in self._figures:
            return True
        known = (record[member] for record in self.records if record[member] is not None)
        value = next(known, None)
        return isinstance(value, int | float) and not isinstance(value, bool)
