"""A short table to type in: every change can be undone, and is seen while it is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut, QUndoCommand, QUndoStack
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QLineEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from embedding_lab_app.widgets.data_table import DataTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PySide6.QtCore import QObject

Index = QModelIndex | QPersistentModelIndex
Row = tuple[str, ...]
SHOWN_ROLES = {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole}
HEIGHT = 32


class EditableRows(QAbstractTableModel):
    """Rows of texts, with an empty one at the end to begin another.

    Parameters
    ----------
    columns : sequence of str
        Titles.
    undo_stack : QUndoStack
        Where changes are kept.

    Signals
    -------
    edited()
        The rows are others now.
    """

    edited = Signal()

    def __init__(self, columns: Sequence[str], undo_stack: QUndoStack, parent: QObject) -> None:
        super().__init__(parent)
        self._columns = list(columns)
        self._undo_stack = undo_stack
        self.rows: tuple[Row, ...] = ()

    def show_rows(self, rows: Iterable[Sequence[str]]) -> None:
        """Show other rows, which is no change to be undone."""
        self._set(tuple(self._fitted(row) for row in rows))

    def change(self, rows: Iterable[Sequence[str]], what: str) -> None:
        """Replace the rows; ``what`` names the change to be undone."""
        fitted = tuple(row for given in rows if any(row := self._fitted(given)))
        if fitted != self.rows:
            self._undo_stack.push(_Change(self, fitted, what))

    def with_value(self, row: int, column: int, value: str) -> tuple[Row, ...]:
        """Return the rows as they were with another value in one cell."""
        rows = [list(item) for item in self.rows]
        if row == len(rows):
            rows.append([""] * len(self._columns))
        rows[row][column] = value
        return tuple(tuple(item) for item in rows if any(item))

    def remove(self, numbers: Iterable[int]) -> None:
        """Take rows away."""
        gone = set(numbers)
        self.change((row for i, row in enumerate(self.rows) if i not in gone), "removal of rows")

    def _fitted(self, row: Sequence[str]) -> Row:
        missing = len(self._columns) - len(row)
        return tuple([*row, *[""] * missing][: len(self._columns)])

    def _set(self, rows: tuple[Row, ...]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()
        self.edited.emit()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Return how many rows there are, with the empty one."""
        return 0 if parent.isValid() else len(self.rows) + 1

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(self._columns)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return a column's title."""
        is_title = role == Qt.ItemDataRole.DisplayRole
        return self._columns[section] if is_title and orientation is _HORIZONTAL else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell."""
        if not index.isValid() or role not in SHOWN_ROLES:
            return None
        return self.rows[index.row()][index.column()] if index.row() < len(self.rows) else ""

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Let every cell be edited."""
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsEditable if index.isValid() else flags

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Take what was typed into a cell."""
        if not index.isValid() or role != Qt.ItemDataRole.EditRole:
            return False
        typed = self.with_value(index.row(), index.column(), str(value))
        self.change(typed, f"edit of {self._columns[index.column()].lower()}")
        return True


_HORIZONTAL = Qt.Orientation.Horizontal


class _Change(QUndoCommand):
    def __init__(self, model: EditableRows, rows: tuple[Row, ...], what: str) -> None:
        super().__init__(what)
        self._model, self._before, self._after = model, model.rows, rows

    def redo(self) -> None:
        self._model._set(self._after)

    def undo(self) -> None:
        self._model._set(self._before)


class _Delegate(QStyledItemDelegate):
    """Tells what is typed, before it is taken."""

    typed = Signal(int, int, str)

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        """Return a line to type in."""
        editor = QLineEdit(parent)
        editor.setFrame(False)
        row, column = index.row(), index.column()
        editor.textEdited.connect(lambda text: self.typed.emit(row, column, text))
        return editor


class RowsEditor(DataTable):
    """The table to type in; Delete takes rows away, pasting adds those of a spreadsheet.

    Signals
    -------
    changed(rows)
        How the rows would be, while they are typed and after.
    """

    changed = Signal(object)

    def __init__(self, name: str, columns: Sequence[str], undo_stack: QUndoStack) -> None:
        super().__init__(name)
        self.rows = EditableRows(columns, undo_stack, self)
        self.setModel(self.rows)
        self.set_row_height(HEIGHT)
        triggers = QAbstractItemView.EditTrigger
        self.setEditTriggers(
            triggers.DoubleClicked | triggers.EditKeyPressed | triggers.AnyKeyPressed
        )
        delegate = _Delegate(self)
        delegate.typed.connect(self._on_typed)
        delegate.closeEditor.connect(self._on_editor_closed)
        self.setItemDelegate(delegate)
        self.rows.edited.connect(self._on_rows_edited)
        for keys, act in (
            (QKeySequence.StandardKey.Delete, self._remove),
            (QKeySequence.StandardKey.Paste, self._paste),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(act)
        self.add_context_action("Paste rows", self._paste)
        self.add_context_action("Remove", self._remove)

    def model(self) -> QAbstractItemModel:
        """Return the rows."""
        return self.rows

    def _on_typed(self, row: int, column: int, text: str) -> None:
        self.changed.emit(self.rows.with_value(row, column, text))

    def _on_editor_closed(self, _editor: QWidget, _hint: QAbstractItemDelegate) -> None:
        # What was typed and thought better of counts no more.
        self.changed.emit(self.rows.rows)

    def _on_rows_edited(self) -> None:
        self.changed.emit(self.rows.rows)

    def _remove(self) -> None:
        self.rows.remove(self.selected_rows())

    def _paste(self) -> None:
        lines = QGuiApplication.clipboard().text().splitlines()
        pasted = [tuple(line.split("\t")) for line in lines if line.strip()]
        self.rows.change([*self.rows.rows, *pasted], "pasted rows")
