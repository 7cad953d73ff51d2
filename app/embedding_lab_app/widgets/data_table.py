"""The house's table: virtual, sortable, resizable, and easy to copy from."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QItemSelection,
    QItemSelectionModel,
    QMimeData,
    QModelIndex,
    QPoint,
    Qt,
    Signal,
)
from PySide6.QtGui import QDrag, QGuiApplication, QKeySequence, QMouseEvent, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QWidget

from embedding_lab.table_text import JSON, LATEX, MARKDOWN, TITLES, TSV, table_text
from embedding_lab_app.widgets.drag_out import table_data

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ROW_HEIGHT = 28
MOST_COPIED = 5000


class DataTable(QTableView):
    """A table over any item model.

    Rows are 28 pixels high so that a million of them scroll at once. Copying takes the selected
    rows, or all where none is selected, as TSV; the context menu offers Markdown, JSON and LaTeX,
    and what pages add. Selected rows can be dragged out of the window, where they become a file.

    Signals
    -------
    copy_shortened(n_copied, n_selected)
        More rows were selected than the clipboard is good for; only the first were copied.
    """

    copy_shortened = Signal(int, int)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._extra_actions: list[tuple[str, Callable[[], object]]] = []
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self.verticalHeader().setMinimumSectionSize(ROW_HEIGHT)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setStretchLastSection(True)
        header.setHighlightSections(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._on_context_menu_requested)
        copy = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self.copy_tsv)

    def set_widths(self, *widths: int) -> None:
        """Set the first columns' widths in pixels."""
        for column, width in enumerate(widths):
            self.setColumnWidth(column, width)

    def set_row_height(self, height: int) -> None:
        """Make all rows as high as this, in pixels."""
        self.verticalHeader().setDefaultSectionSize(height)

    def stretch(self, column: int) -> None:
        """Give one column all the room that the others leave."""
        header = self.horizontalHeader()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)

    def widths(self) -> list[int]:
        """Return the columns' widths, to be remembered."""
        model = self.model()
        count = model.columnCount() if model is not None else 0
        return [self.columnWidth(column) for column in range(count)]

    def add_context_action(self, title: str, act: Callable[[], object]) -> None:
        """Add a command to the context menu, above the copying."""
        self._extra_actions.append((title, act))

    def selected_rows(self) -> list[int]:
        """Return the selected row numbers of the model, ascending."""
        selection = self.selectionModel()
        if selection is None:
            return []
        # One range may hold a million rows; asking for an index each would take seconds.
        found: set[int] = set()
        ranges = selection.selection()
        for part in (ranges.at(number) for number in range(ranges.size())):
            found.update(range(part.top(), part.bottom() + 1))
        return sorted(found)

    def select_rows(self, rows: Iterable[int]) -> None:
        """Select these row numbers of the model, and nothing else."""
        model, selection = self.model(), QItemSelection()
        last_column = model.columnCount() - 1
        for first, last in _runs(rows):
            selection.select(model.index(first, 0), model.index(last, last_column))
        self.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    # Dragging out

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a drag on rows that are selected already; elsewhere the mouse selects, as ever."""
        row = self.indexAt(event.position().toPoint()).row()
        is_plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        selection = self.selectionModel()
        is_selected = selection is not None and selection.isRowSelected(row, QModelIndex())
        self.setDragEnabled(row >= 0 and is_plain and is_selected)
        super().mousePressEvent(event)

    def startDrag(self, _actions: Qt.DropAction) -> None:
        """Let the selected rows be taken to another program, or to a folder as a file."""
        drag = QDrag(self)
        drag.setMimeData(self.drag_data())
        drag.exec(Qt.DropAction.CopyAction)

    def drag_data(self) -> QMimeData:
        """Return what a drag carries: the selected rows as text and as a file."""
        return table_data(self.accessibleName(), table_text(*self._selected_cells(), TSV))

    # Copying

    def copy_tsv(self) -> None:
        """Copy the selected rows with tabs between the columns."""
        self.copy_as(TSV)

    def copy_as(self, form: str) -> None:
        """Copy the selected rows, or all where none is, in a form of ``table_text``."""
        QGuiApplication.clipboard().setText(table_text(*self._selected_cells(), form))

    def _selected_cells(self) -> tuple[list[str], list[list[str]]]:
        model: QAbstractItemModel = self.model()
        columns = range(model.columnCount())
        head = [str(model.headerData(c, Qt.Orientation.Horizontal) or "") for c in columns]
        wanted = self.selected_rows() or range(model.rowCount())
        if len(wanted) > MOST_COPIED:
            self.copy_shortened.emit(MOST_COPIED, len(wanted))
        rows = [[_cell(model.index(r, c)) for c in columns] for r in wanted[:MOST_COPIED]]
        return head, rows

    def _on_context_menu_requested(self, position: QPoint) -> None:
        menu = QMenu(self)
        for title, act in self._extra_actions:
            menu.addAction(title, act)
        if self._extra_actions:
            menu.addSeparator()
        menu.addAction("Copy", self.copy_tsv)
        for form in (MARKDOWN, JSON, LATEX):
            menu.addAction(f"Copy as {TITLES[form]}", partial(self.copy_as, form))
        menu.exec(self.viewport().mapToGlobal(position))
        menu.deleteLater()


def _cell(index: QModelIndex) -> str:
    # Models may show a shortened text and keep the whole one under the edit role.
    whole: Any = index.data(Qt.ItemDataRole.EditRole)
    shown = index.data(Qt.ItemDataRole.DisplayRole)
    value = shown if whole is None else whole
    return "" if value is None else str(value)


def _runs(rows: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last of every run of neighbouring numbers."""
    first = last = -1
    for number in sorted(rows):
        if first >= 0 and number == last + 1:
            last = number
            continue
        if first >= 0:
            yield first, last
        first = last = number
    if first >= 0:
        yield first, last
