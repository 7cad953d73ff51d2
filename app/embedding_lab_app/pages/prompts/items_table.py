"""Rows of a corpus behind something that was clicked, with what was said of them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from embedding_lab_app.jobs.inquiry import Inquiry
from embedding_lab_app.widgets.data_table import DataTable
from embedding_lab_app.widgets.labels import ElidedLabel
from embedding_lab_app.widgets.layout import column
from embedding_lab_app.widgets.records_model import RecordsModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QItemSelection

    from embedding_lab.workspace.workspace import Workspace
    from embedding_lab_app.context import AppContext

MOST_SHOWN = 1000
SHOWN_CHARACTERS = 200
DIGITS = 3
TEXT = ("text", "Text")


class ItemsTable(QWidget):
    """Asks for the texts in a worker thread; all rows become the selection that pages share.

    Signals
    -------
    row_chosen(row)
        A row is to be shown whole.
    """

    row_chosen = Signal(int)

    def __init__(self, context: AppContext, name: str, columns: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._context = context
        self._corpus_id = ""
        self._records: list[dict[str, Any]] = []
        self._inquiry = Inquiry(context.runner, self)
        self._inquiry.answered.connect(self._on_inquiry_answered)
        self.heading = ElidedLabel("", "field")
        self.table = DataTable(name)
        self.model = RecordsModel((("row", "Row"), *columns, TEXT), self.table, digits=DIGITS)
        self.table.setModel(self.model)
        self.table.setColumnWidth(0, 72)
        layout = column(self.heading, self.table, spacing=4)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self.table.selectionModel().selectionChanged.connect(self._on_selection_changed)

    def show_items(self, heading: str, corpus_id: str, records: Sequence[dict[str, Any]]) -> None:
        """Show records with a ``row`` each, and select these rows."""
        self._corpus_id = corpus_id
        self._records = list(records[:MOST_SHOWN])
        left_out = len(records) - len(self._records)
        more = f" The first {MOST_SHOWN:,} are listed." if left_out > 0 else ""
        self.heading.setText(heading + more)
        rows = [int(record["row"]) for record in records]
        if corpus_id:
            self._context.selection.select(corpus_id, tuple(rows), self)
        self.model.show_records([])
        if self._records:
            self._inquiry.ask(partial(_texts, corpus_id=corpus_id, rows=rows[:MOST_SHOWN]))

    def clear(self) -> None:
        """Show nothing."""
        self._inquiry.drop()
        self._records = []
        self.heading.setText("")
        self.model.show_records([])

    def _on_inquiry_answered(self, texts: list[str]) -> None:
        if len(texts) == len(self._records):
            self.model.show_records(
                [record | {"text": text} for record, text in zip(self._records, texts, strict=True)]
            )

    def _on_selection_changed(self, _now: QItemSelection, _before: QItemSelection) -> None:
        chosen = [int(self.model.records[number]["row"]) for number in self.table.selected_rows()]
        if chosen:
            self._context.selection.select(self._corpus_id, tuple(chosen), self)
            self.row_chosen.emit(chosen[0])


def _texts(workspace: Workspace, *, corpus_id: str, rows: list[int]) -> list[str]:
    corpus = workspace.corpus(corpus_id)
    return [
        " ".join((document.full_text or document.id or "")[:SHOWN_CHARACTERS].split())
        for document in corpus.documents_at(rows)
    ]
