"""The rows of a corpus: filter, sort, select, copy, export."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QItemSelection, QModelIndex, Qt, Signal
from PySide6.QtWidgets import QComboBox, QWidget

from embedding_lab.search.filters import filter_problem
from embedding_lab.search.ordering import rows_in_order
from embedding_lab_app.jobs.inquiry import Inquiry
from embedding_lab_app.pages.corpora.list_models import PICTURE_HEADER, PICTURE_SIDE, RowsModel
from embedding_lab_app.subsets import SubsetMenu, keep_subset
from embedding_lab_app.widgets.buttons import Button
from embedding_lab_app.widgets.data_table import ROW_HEIGHT, DataTable
from embedding_lab_app.widgets.field import Field, SearchField
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.pause import pause
from embedding_lab_app.widgets.wording import count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedding_lab.jobs.events import JobFailed
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.workspace import Workspace
    from embedding_lab_app.context import AppContext

TYPING_PAUSE_MS = 250
LABELS_OFFERED = 200
# Many scattered rows cannot be marked one by one without holding the window.
MOST_MARKED = 2000
WIDTHS = {"row": 64, PICTURE_HEADER: PICTURE_SIDE + 24, "id": 96, "title": 200, "label": 112}
OTHER_WIDTH = 128
NARROWEST_TEXT = 280


class RowsView(QWidget):
    """The table of rows with its filter.

    Signals
    -------
    row_shown(document)
        The row the user stands on, or ``None``.
    like_wanted(row)
        The user asks for rows like this one.
    export_wanted(filter, rows)
        The user asks for a file: of these rows, or of all that fit the filter.
    """

    row_shown = Signal(object)
    like_wanted = Signal(int)
    export_wanted = Signal(str, object)

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._corpus: Corpus | None = None
        self._sort = ("", False)
        self.model = RowsModel(self)
        self._order = Inquiry(context.runner, self)
        self._order.answered.connect(self._on_order_answered)
        self._order.failed.connect(self._on_order_failed)
        self._labels = Inquiry(context.runner, self)
        self._labels.answered.connect(self._on_labels_answered)
        self._timer = pause(self, TYPING_PAUSE_MS, self._find)
        self._build()
        context.selection.changed.connect(self._on_selection_changed)

    # Building

    def _build(self) -> None:
        glass = self._context.theme.icon("funnel")
        self.filter = SearchField(glass, "Filter", "Filter, for example  year >= 2001")
        self.filter.textChanged.connect(self._on_filter_edited)
        SubsetMenu(self._context, self.filter, lambda: self._corpus)
        help_text = 'label = "world" and year >= 2001, text contains "vaccine", title is empty'
        self.filter_field = Field("Rows that fit", self.filter, help_text)
        self.label = QComboBox()
        self.label.currentIndexChanged.connect(self._on_label_changed)
        self.label.setMinimumContentsLength(10)
        self.label.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.label_field = Field("Label", self.label, "Only rows with this label")
        self.export_button = Button("Export…", self._export)
        self.export_button.setToolTip("Write the selected rows, or all rows shown, to a file")
        self.subset_button = Button("Save as a subset…", self._keep_subset)
        self.subset_button.setToolTip("Keep the selected rows, or all rows shown, under a name")
        self.note = Label("", "small")
        self.table = DataTable("Rows")
        self.table.setObjectName("rows-table")
        self.table.setModel(self.model)
        header = self.table.horizontalHeader()
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(True)
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.sortIndicatorChanged.connect(self._on_header_sorted)
        self.table.add_context_action("Find rows like this", self._find_like)
        self.table.add_context_action("Save the selected as a subset…", self._keep_subset)
        self.table.add_context_action("Export the selected rows…", self._export)
        self.table.copy_shortened.connect(self._on_table_copy_shortened)
        selection = self.table.selectionModel()
        selection.selectionChanged.connect(self._on_table_selection_changed)
        selection.currentRowChanged.connect(self._on_table_row_changed)
        tools = row(self.filter_field, self.label_field, spacing=12)
        tools.setStretch(0, 1)
        below = row(self.note, None, self.subset_button, self.export_button)
        layout = column(boxed(tools), self.table, boxed(below), spacing=8, margins=(0, 12, 0, 0))
        layout.setStretch(1, 1)
        self.setLayout(layout)

    # Showing

    def show_corpus(self, corpus: Corpus) -> None:
        """Show another corpus from its beginning, or the same one with more rows."""
        is_same = self._corpus is not None and self._corpus.id == corpus.id
        columns = self._corpus.columns if self._corpus else ()
        self._corpus = corpus
        if not (is_same and columns == corpus.columns):
            self._reset(corpus)
        self.label_field.setVisible(corpus.has_labels)
        if corpus.has_labels:
            self._labels.ask(partial(_labels, corpus))
        self._find()

    def _reset(self, corpus: Corpus) -> None:
        self._timer.stop()
        self._sort = ("", False)
        for widget in (self.filter, self.label, self.table.horizontalHeader()):
            widget.blockSignals(True)
        self.filter.clear()
        self.label.clear()
        self.table.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        for widget in (self.filter, self.label, self.table.horizontalHeader()):
            widget.blockSignals(False)
        self.filter_field.set_error("")
        self.model.show_corpus(corpus)
        self.table.set_row_height(PICTURE_SIDE + 8 if corpus.n_pictures else ROW_HEIGHT)
        widths = {name: WIDTHS.get(name, OTHER_WIDTH) for name in self.model.headers}
        wide = next(name for name in ("text", "title", "id") if name in widths)
        others = sum(width for name, width in widths.items() if name != wide)
        widths[wide] = max(NARROWEST_TEXT, self.table.viewport().width() - others)
        self.table.set_widths(*widths.values())
        self.row_shown.emit(None)

    @property
    def chosen_label(self) -> str | None:
        """The label that rows must have, if one is chosen."""
        return self.label.currentData() if self.label.currentIndex() > 0 else None

    def _find(self) -> None:
        """Look up which rows to show, in a worker thread."""
        if self._corpus is None or not self._is_filter_sound():
            return
        column_name, is_descending = self._sort
        if not (self.filter.text().strip() or column_name or is_descending or self.chosen_label):
            self._order.drop()
            self._show_rows(np.arange(self._corpus.n_rows, dtype=np.int64))
            return
        self.note.setText("Looking…")
        self._order.ask(
            partial(
                _rows_in_order,
                self._corpus,
                self.filter.text(),
                label=self.chosen_label,
                column=column_name,
                is_descending=is_descending,
            )
        )

    def _is_filter_sound(self) -> bool:
        wrong = filter_problem(self.filter.text(), self._corpus) if self._corpus else ""
        self.filter_field.set_error(wrong)
        return not wrong

    def _show_rows(self, numbers: NDArray[np.int64]) -> None:
        corpus = self._corpus
        if corpus is None:
            return
        # A model reset clears the table's selection; that is not the user's doing.
        blocked = self.table.selectionModel().blockSignals(True)
        self.model.show_numbers(numbers)
        self.table.selectionModel().blockSignals(blocked)
        is_part = len(numbers) != corpus.n_rows
        total = count(corpus.n_rows, "row")
        self.note.setText(f"{len(numbers):,} of {total}" if is_part else total)
        self._mark_selection()

    def _on_order_answered(self, numbers: NDArray[np.int64]) -> None:
        self._show_rows(numbers)

    def _on_order_failed(self, event: JobFailed) -> None:
        self.filter_field.set_error(f"{event.message} {event.hint}".strip())

    def _on_labels_answered(self, labels: dict[str, int]) -> None:
        chosen = self.chosen_label
        blocked = self.label.blockSignals(True)
        self.label.clear()
        self.label.addItem("Any label", None)
        for name, n_rows in list(labels.items())[:LABELS_OFFERED]:
            self.label.addItem(f"{name} ({n_rows:,})", name)
        self.label.setCurrentIndex(max(0, self.label.findData(chosen)) if chosen else 0)
        self.label.blockSignals(blocked)

    # Choosing

    def _on_filter_edited(self, _text: str) -> None:
        if self._is_filter_sound():
            self._timer.start()
        else:
            self._timer.stop()

    def _on_label_changed(self, _number: int) -> None:
        self._find()

    def _on_header_sorted(self, section: int, order: Qt.SortOrder) -> None:
        is_descending = order is Qt.SortOrder.DescendingOrder
        headers = self.model.headers
        is_column = 0 < section < len(headers) and headers[section] != PICTURE_HEADER
        name = headers[section] if is_column else ""
        self._sort = (name, is_descending and section >= 0)
        self._find()

    def _on_table_row_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        self.row_shown.emit(self.model.entry(current.row()) if current.isValid() else None)

    def _on_table_selection_changed(self, _new: QItemSelection, _old: QItemSelection) -> None:
        if self._corpus is not None:
            rows = self.model.numbers[self.table.selected_rows()]
            self._context.selection.select(self._corpus.id, tuple(rows.tolist()), self)

    def _on_selection_changed(self, initiator: object) -> None:
        if initiator is not self:
            self._mark_selection()

    def _mark_selection(self) -> None:
        selection = self._context.selection
        is_here = self._corpus is not None and selection.corpus_id == self._corpus.id
        wanted = np.asarray(selection.rows if is_here else (), dtype=np.int64)
        places = np.flatnonzero(np.isin(self.model.numbers, wanted)) if len(wanted) else wanted
        blocked = self.table.selectionModel().blockSignals(True)
        self.table.select_rows(places[:MOST_MARKED].tolist())
        self.table.selectionModel().blockSignals(blocked)
        self.table.viewport().update()

    def _find_like(self) -> None:
        index = self.table.currentIndex()
        if index.isValid():
            self.like_wanted.emit(int(self.model.numbers[index.row()]))

    def _keep_subset(self) -> None:
        chosen = self.model.numbers[self.table.selected_rows()]
        rows = chosen if len(chosen) > 1 else self.model.numbers
        if self._corpus is not None and len(rows):
            keep_subset(self._context, self._corpus, rows.tolist())

    def _export(self) -> None:
        rows = tuple(self.model.numbers[self.table.selected_rows()].tolist())
        is_ordered = bool(self._sort[0] or self._sort[1] or self.chosen_label)
        if len(rows) < 2 and is_ordered:
            rows = tuple(self.model.numbers.tolist())
        self.export_wanted.emit(self.filter.text().strip(), rows if len(rows) > 1 else ())

    def _on_table_copy_shortened(self, n_copied: int, n_selected: int) -> None:
        self._context.notices.info(
            f"Copied the first {n_copied:,} of {n_selected:,} rows; export them to have them all."
        )

    # Remembering

    def save_state(self) -> dict[str, Any]:
        """Return the columns' widths by name."""
        return dict(zip(self.model.headers, self.table.widths(), strict=False))

    def restore_state(self, widths: dict[str, Any]) -> None:
        """Set the widths of the columns that are there."""
        for number, name in enumerate(self.model.headers):
            if isinstance(widths.get(name), int):
                self.table.setColumnWidth(number, widths[name])


def _rows_in_order(corpus: Corpus, expression: str, workspace: Workspace, **order: Any) -> Any:
    numbers = rows_in_order(corpus, expression, **order)
    numbers.setflags(write=False)
    return numbers


def _labels(corpus: Corpus, _workspace: Workspace) -> dict[str, int]:
    return corpus.labels()
