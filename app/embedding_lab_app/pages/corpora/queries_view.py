"""The queries of a corpus, and for the chosen one the judged documents."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QComboBox, QSplitter, QWidget

from embedding_lab.workspace.corpus_lists import QueryList
from embedding_lab_app.jobs.inquiry import Inquiry
from embedding_lab_app.pages.corpora.list_models import JudgementsModel, QueriesModel
from embedding_lab_app.widgets.data_table import DataTable
from embedding_lab_app.widgets.field import SearchField
from embedding_lab_app.widgets.labels import ElidedLabel, Label
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.pause import pause
from embedding_lab_app.widgets.wording import count

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.workspace import Workspace
    from embedding_lab_app.context import AppContext

TYPING_PAUSE_MS = 250
ALL_SPLITS = "All queries"


class QueriesView(QWidget):
    """Queries above, their judged documents below. ``row_shown`` carries a judged document."""

    row_shown = Signal(object)

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._corpus: Corpus | None = None
        self._queries: QueryList | None = None
        self.model = QueriesModel(self)
        self.judged = JudgementsModel(self)
        self._inquiry = Inquiry(context.runner, self)
        self._inquiry.answered.connect(self._on_inquiry_answered)
        self._timer = pause(self, TYPING_PAUSE_MS, self._find)
        self._build(context)

    def _build(self, context: AppContext) -> None:
        glass = context.theme.icon("magnifying-glass")
        self.filter = SearchField(glass, "Filter the queries", "Id or text contains…")
        self.filter.textChanged.connect(self._on_filter_edited)
        self.split = QComboBox()
        self.split.setAccessibleName("Which queries")
        self.split.currentIndexChanged.connect(self._on_split_changed)
        self.note = Label("", "small")
        self.table = DataTable("Queries")
        self.table.setObjectName("queries-table")
        self.table.setModel(self.model)
        self.table.set_widths(110, 80)
        self.table.selectionModel().currentRowChanged.connect(self._on_query_chosen)
        self.judged_heading = ElidedLabel("", "field")
        self.judged_table = DataTable("Judged documents")
        self.judged_table.setModel(self.judged)
        self.judged_table.set_widths(80, 72, 120)
        self.judged_table.selectionModel().currentRowChanged.connect(self._on_document_chosen)
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setChildrenCollapsible(False)
        lower = column(self.judged_heading, self.judged_table, spacing=4, margins=(0, 8, 0, 0))
        self.splitter.addWidget(boxed(column(self.table, self.note, spacing=4)))
        self.splitter.addWidget(boxed(lower))
        self.splitter.setStretchFactor(0, 3)
        self.splitter.setStretchFactor(1, 2)
        tools = row(self.filter, self.split, spacing=8)
        tools.setStretch(0, 1)
        layout = column(boxed(tools), self.splitter, spacing=8, margins=(0, 12, 0, 0))
        layout.setStretch(1, 1)
        self.setLayout(layout)

    def show_corpus(self, corpus: Corpus) -> None:
        """Show the queries of another corpus."""
        self._corpus = corpus
        blocked = self.split.blockSignals(True)
        self.split.clear()
        self.split.addItem(ALL_SPLITS, "")
        for name in corpus.splits:
            self.split.addItem(f"Judged in {name}", name)
        self.split.blockSignals(blocked)
        self._find()

    def _find(self) -> None:
        if self._corpus is None:
            return
        split = str(self.split.currentData() or "")
        self._queries = QueryList(self._corpus, split)
        self.model.show_queries(self._queries)
        self._show_judged(-1)
        self._inquiry.ask(
            partial(_numbers, self._queries, self.filter.text().strip(), is_judged=bool(split))
        )

    def _on_inquiry_answered(self, numbers: NDArray[np.int64]) -> None:
        self.model.show_numbers(numbers)
        self.note.setText(count(len(numbers), "query", "queries"))
        if len(numbers):
            self.table.setCurrentIndex(self.model.index(0, 0))

    def _show_judged(self, place: int) -> None:
        if self._corpus is None or self._queries is None or place < 0:
            self.judged_heading.setText("Judged documents")
            return
        query = self.model.entry(place)
        self.judged.show_judgements(self._corpus, self._queries.judgements(query.id))
        documents = count(query.n_judged, "judged document")
        self.judged_heading.setText(f"{documents} for “{query.text}”")

    def _on_filter_edited(self, _text: str) -> None:
        self._timer.start()

    def _on_split_changed(self, _number: int) -> None:
        self._find()

    def _on_query_chosen(self, current: QModelIndex, _previous: QModelIndex) -> None:
        self._show_judged(current.row())

    def _on_document_chosen(self, current: QModelIndex, _previous: QModelIndex) -> None:
        self.row_shown.emit(self.judged.entry(current.row())[1] if current.isValid() else None)


def _numbers(
    queries: QueryList, contains: str, _workspace: Workspace, *, is_judged: bool
) -> NDArray[Any]:
    numbers = queries.numbers(contains, is_judged=is_judged)
    numbers.setflags(write=False)
    return numbers
