"""The import report: how many rows came in, and every one that did not, with its reason."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QWidget

from embedding_lab.workspace.corpus_lists import ReportList
from embedding_lab_app.jobs.inquiry import Inquiry
from embedding_lab_app.pages.corpora.list_models import ReportModel
from embedding_lab_app.widgets.buttons import Button
from embedding_lab_app.widgets.data_table import DataTable
from embedding_lab_app.widgets.field import SearchField
from embedding_lab_app.widgets.labels import Label
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
WIDTHS = (170, 72, 150, 320, 240)
KINDS = {"Everything": None, "Rows that did not come in": True, "Rows that came in changed": False}


class ReportView(QWidget):
    """The report as a sentence and a table. ``export_wanted`` asks for it as a file."""

    export_wanted = Signal()

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._corpus: Corpus | None = None
        self.model = ReportModel(self)
        self._inquiry = Inquiry(context.runner, self)
        self._inquiry.answered.connect(self._on_inquiry_answered)
        self._timer = pause(self, TYPING_PAUSE_MS, self._find)
        self._build()

    def _build(self) -> None:
        self.sentence = Label("", "heading", wraps=True)
        self.explanation = Label("", "muted", wraps=True)
        glass = self._context.theme.icon("magnifying-glass")
        self.filter = SearchField(glass, "Filter the report", "File, reason or text contains…")
        self.filter.textChanged.connect(self._on_filter_edited)
        self.kind = QComboBox()
        self.kind.setAccessibleName("Which lines of the report")
        for title, value in KINDS.items():
            self.kind.addItem(title, value)
        self.kind.currentIndexChanged.connect(self._on_kind_changed)
        self.export_button = Button("Export report…", self.export_wanted.emit)
        self.table = DataTable("Import report")
        self.table.setObjectName("report-table")
        self.table.setModel(self.model)
        self.table.set_widths(*WIDTHS)
        self.table.copy_shortened.connect(self._on_table_copy_shortened)
        tools = row(self.filter, self.kind, self.export_button, spacing=8)
        tools.setStretch(0, 1)
        self.tools = boxed(tools)
        layout = column(
            column(self.sentence, self.explanation, spacing=4),
            self.tools,
            self.table,
            spacing=12,
            margins=(0, 16, 0, 0),
        )
        layout.addStretch(0)
        layout.setStretch(2, 1)
        self.setLayout(layout)

    def show_corpus(self, corpus: Corpus) -> None:
        """Show the report of another corpus, or of the same one after another import."""
        self._corpus = corpus
        self.sentence.setText(report_sentence(corpus.n_rows, corpus.n_rejected))
        self.model.show_corpus(corpus)
        self._find()

    def _find(self) -> None:
        if self._corpus is not None:
            self._inquiry.ask(
                partial(_look_up, self._corpus, self.filter.text().strip(), self.kind.currentData())
            )

    def _on_inquiry_answered(self, answer: tuple[int, int, NDArray[np.int64]]) -> None:
        n_rejected, n_changed, numbers = answer
        self.explanation.setText(_explanation(n_rejected, n_changed))
        for widget in (self.explanation, self.tools, self.table):
            widget.setVisible(bool(n_rejected or n_changed))
        self.model.show_numbers(numbers)

    def _on_filter_edited(self, _text: str) -> None:
        self._timer.start()

    def _on_kind_changed(self, _number: int) -> None:
        self._find()

    def _on_table_copy_shortened(self, n_copied: int, n_selected: int) -> None:
        self._context.notices.info(
            f"Copied the first {n_copied:,} of {n_selected:,} lines; export the report to have all."
        )


def report_sentence(n_rows: int, n_rejected: int) -> str:
    """Return how many rows came in and how many did not."""
    came = f"{count(n_rows, 'row')} came in"
    return f"{came}, {n_rejected:,} did not." if n_rejected else f"{came}. None was left behind."


def _explanation(n_rejected: int, n_changed: int) -> str:
    parts = []
    if n_rejected:
        parts.append("Each row that did not is listed with its line and the reason.")
    if n_changed:
        notes = "1 note tells" if n_changed == 1 else f"{n_changed:,} notes tell"
        parts.append(f"{notes} what was changed or passed over on the way.")
    return " ".join(parts)


def _look_up(
    corpus: Corpus, contains: str, is_rejected: bool | None, _workspace: Workspace
) -> tuple[int, int, NDArray[Any]]:
    numbers = ReportList(corpus).numbers(contains, is_rejected)
    numbers.setflags(write=False)
    return *corpus.report_counts(), numbers
