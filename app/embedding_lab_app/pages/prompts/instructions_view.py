"""Instructions for retrieval side by side: nDCG of each, compared with the first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from embedding_lab.errors import LabError
from embedding_lab_app.pages.prompts.words import compared
from embedding_lab_app.plots.intervals import Estimate, IntervalPlot
from embedding_lab_app.widgets.buttons import Button
from embedding_lab_app.widgets.choice_box import ChoiceBox
from embedding_lab_app.widgets.editable_rows import RowsEditor
from embedding_lab_app.widgets.field import Field, NumberField
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.record_table import RecordTable
from embedding_lab_app.widgets.surfaces import Card, Collapsible, scrolled
from embedding_lab_app.widgets.wording import count, interval

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab_app.context import AppContext
    from embedding_lab_app.pages.prompts.instructions import InstructionsController

COLUMNS = ("For queries", "For documents")
HELP = (
    "Put before the text as it stands, so spaces at the end count. A hyphen stands for none. "
    "Leave the second column empty to take the corpus as it is embedded"
)
FIRST_ROWS = (("-", ""), ("query: ", ""))
RESULTS = (
    ("query", "For queries"), ("document", "For documents"), ("score", "nDCG"), ("ci", "95 %"),
    ("verdict", "Compared with the first"),
)  # fmt: skip
EDITOR_HEIGHT, MOST_DEPTH = 188, 1000


class InstructionsView(QWidget):
    """The table to type instructions in, and what came of them."""

    def __init__(self, context: AppContext, controller: InstructionsController) -> None:
        super().__init__()
        self._context = context
        self._controller = controller
        self.editor = RowsEditor("Instructions", COLUMNS, context.selection.undo_stack)
        self.editor.set_widths(320, 200)
        self.editor.setFixedHeight(EDITOR_HEIGHT)
        self._field = Field("Instructions", self.editor, HELP)
        self.file_button = Button("From a file…", self._choose)
        self.split = ChoiceBox()
        self.depth_field = NumberField(1, MOST_DEPTH)
        self.depth_field.setValue(controller.depth)
        choices = row(
            Field("Judgements", self.split, "Which queries and answers the corpus has"),
            Field("Depth of nDCG", self.depth_field, "So many documents of each ranking count"),
            spacing=12,
        )
        for place in range(2):
            choices.setStretch(place, 1)
        self.fold = Collapsible("Advanced", boxed(choices))
        self.plot = IntervalPlot(context, "nDCG of each instruction", x="nDCG", what="Instruction")
        self.table = RecordTable("Instructions compared", RESULTS, (200, 120, 72, 120))
        self.summary = Label("", "muted", wraps=True)
        self.result = Card("", self.summary, self.plot, self.table)
        self.result.hide()
        content = QWidget()
        content.setLayout(
            column(
                self._field,
                row(self.file_button, None),
                self.fold,
                self.result,
                None,
                spacing=12,
                margins=(0, 12, 8, 12),
            )
        )
        self.setLayout(column(scrolled(content)))
        self.editor.changed.connect(controller.take)
        self.split.currentIndexChanged.connect(self._on_choices_changed)
        self.depth_field.valueChanged.connect(self._on_choices_changed)
        controller.changed.connect(self._on_changed)
        controller.given.connect(self._on_given)
        controller.compared.connect(self._on_compared)
        self.editor.rows.show_rows(FIRST_ROWS)

    def take_file(self, path: Path) -> None:
        """Take a dropped file, and say what is wrong with it if something is."""
        try:
            self._controller.read_file(path)
        except LabError as error:
            self._context.notices.error(error)

    def clear_result(self) -> None:
        """Put away what belongs to another corpus, and offer its judgements."""
        self.result.hide()
        splits = self._controller.splits()
        self.split.offer([("The usual ones", ""), *((name, name) for name in splits)])
        self._on_choices_changed()

    def _choose(self) -> None:
        files = "Instructions (*.txt *.tsv);;All files (*)"
        for path in self._context.asker.files("Instructions from a file", files)[:1]:
            self.take_file(path)

    def _on_choices_changed(self, _now: int = 0) -> None:
        self._controller.judge_by(self.split.chosen, self.depth_field.value())

    def _on_changed(self) -> None:
        self._field.set_error(self._controller.error)

    def _on_given(self, rows: list[tuple[str, str]]) -> None:
        self.editor.rows.change(rows, "change of instructions")

    def _on_compared(self, result: dict[str, Any]) -> None:
        told = result["instructions"]
        self.summary.setText(
            f"nDCG@{result['k']} on {count(result['n'], 'judged query', 'judged queries')} of "
            f"{result['corpus']}, split {result['split']}, with {result['encoder']}. The p-values "
            "are corrected for being several (Holm)."
        )
        names = [item["query"].strip() or "none" for item in told]
        self.plot.show_estimates(
            [
                Estimate(name, item["score"], *item["score_ci"])
                for name, item in zip(names, told, strict=True)
            ],
            told[0]["score"],
        )
        self.plot.caption.setText("Dashed: the first")
        self.table.show_records(
            [
                {
                    "query": name,
                    "document": item["document"].strip() or "none",
                    "score": item["score"],
                    "ci": interval(item["score_ci"]),
                    "verdict": compared(item),
                }
                for name, item in zip(names, told, strict=True)
            ]
        )
        self.result.show()
