"""Looking into an ONNX file, and comparing it with another."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from embedding_lab.workflows.inspect_onnx import InspectOnnx
from embedding_lab_app.jobs.job_outcome import JobOutcome
from embedding_lab_app.pages.encoders.onnx.file_choice import FileChoice
from embedding_lab_app.pages.encoders.onnx.graph_words import (
    DIFFERENCES,
    difference_rows,
    difference_sentence,
    operator_rows,
    summary_pairs,
)
from embedding_lab_app.pages.encoders.onnx.proof_words import onnx_path
from embedding_lab_app.widgets.buttons import Button, CopyAsButton, PrimaryButton
from embedding_lab_app.widgets.data_table import DataTable
from embedding_lab_app.widgets.field import Field
from embedding_lab_app.widgets.key_value_list import KeyValueList
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.records_model import RecordsModel
from embedding_lab_app.widgets.surfaces import Card, DropArea, scrolled

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab_app.jobs.runner import JobRunner
    from embedding_lab_app.pages.encoders.onnx.controller import OnnxController

ONE = (("operator", "Operator"), ("first", "Nodes"))
TWO = (("operator", "Operator"), ("first", "Nodes, first"), ("second", "Nodes, second"))
LINE, FRAME, MOST_LINES = 28, 50, 12
HINT = "Drop an ONNX file here to compare it, or two to compare them with each other."


class InspectView(QWidget):
    """Asks for one or two files and shows what they hold."""

    def __init__(self, controller: OnnxController, runner: JobRunner) -> None:
        super().__init__()
        self._controller = controller
        self._record: EncoderRecord | None = None
        self.file, self.against = FileChoice(), FileChoice("Nothing")
        self.button = PrimaryButton("Look into the file", self._inspect)
        self.copy_as = CopyAsButton()
        self.outcome = JobOutcome(runner)
        self._build()
        controller.inspection.changed.connect(self._show_job)
        self.file.currentIndexChanged.connect(self._on_choice_made)
        self.against.currentIndexChanged.connect(self._on_choice_made)

    def _build(self) -> None:
        first = Field("File", self.file, "Of an encoder, or any other ONNX file")
        second = Field("Compared with", self.against, "Shows what differs as well")
        buttons = [
            Button("Choose…", partial(self._choose, choice)) for choice in (self.file, self.against)
        ]
        for button, words in zip(buttons, ("the file", "what to compare with"), strict=True):
            button.setAccessibleName(f"Choose {words}")
        grid = row(first, buttons[0], second, buttons[1])
        for button in buttons:
            grid.setAlignment(button, Qt.AlignmentFlag.AlignBottom)
        for place in (0, 2):
            grid.setStretch(place, 1)
        act = row(self.button, self.copy_as)
        act.setStretch(0, 1)
        self.drop = DropArea(column(boxed(grid), Label(HINT, "small", wraps=True), margins=12))
        self.drop.dropped.connect(self.take_files)
        self.summary, self.second = KeyValueList(), KeyValueList()
        self.operators = DataTable("Nodes by operator")
        self.operator_model = RecordsModel(ONE, self.operators)
        self.operators.setModel(self.operator_model)
        self.sentence = Label("", wraps=True)
        self.differences = DataTable("What differs")
        self.difference_model = RecordsModel(DIFFERENCES, self.differences, ("largest",))
        self.differences.setModel(self.difference_model)
        self.differences.set_widths(88, 280, 148, 148)
        self.difference_card = Card("What differs", self.sentence, self.differences)
        self.first_card = Card("What it holds", self.summary)
        self.second_card = Card("What the second holds", self.second)
        self.operator_card = Card("Nodes by operator", self.operators)
        content = QWidget()
        content.setLayout(
            column(
                Card("Look inside", self.drop, act),
                self.outcome,
                self.difference_card,
                self.first_card,
                self.second_card,
                self.operator_card,
                None,
                spacing=12,
                margins=(0, 12, 24, 16),
            )
        )
        self.setLayout(column(scrolled(content)))

    def show_encoder(self, record: EncoderRecord, records: Sequence[EncoderRecord]) -> None:
        """Offer the files of all encoders, the chosen one's first."""
        is_other = self._record is None or self._record.id != record.id
        self._record = record
        for choice in (self.file, self.against):
            choice.show_encoders(records)
        if is_other and onnx_path(record):
            self.file.choose_path(onnx_path(record))
        self._show_job()

    def take_files(self, paths: Sequence[Path]) -> None:
        """Look into files that were dropped: one beside the encoder's, two beside each other."""
        files = [path for path in paths if path.suffix == ".onnx"][:2]
        if not files:
            return
        if len(files) == 2 or not self.file.path:
            self.file.choose_file(files[0])
        if len(files) == 2 or self.file.path != str(files[0]):
            self.against.choose_file(files[-1])
        self._inspect()

    def look_into(self, file: Path) -> None:
        """Look into one file alone."""
        self.file.choose_file(file)
        self.against.choose_path("")
        self._inspect()

    def _choose(self, choice: FileChoice) -> None:
        file = self._controller.choose_file()
        if file is not None:
            choice.choose_file(file)

    def _job(self) -> InspectOnnx | None:
        return InspectOnnx(self.file.path, self.against.path) if self.file.path else None

    def _inspect(self) -> None:
        job = self._job()
        if job is not None:
            self._controller.start(self._controller.inspection, job)

    def _on_choice_made(self, _number: int) -> None:
        self._show_job()

    def _show_job(self) -> None:
        """Show the figures, where they are of the files that are chosen."""
        followed, job = self._controller.inspection, self._job()
        is_this = job is not None and followed.job == job
        self.outcome.show_job(followed if is_this else None)
        words = "Compare the files" if self.against.path else "Look into the file"
        why_not = "" if job else "This encoder has no ONNX file; prepare it, or choose a file"
        self.button.set_act(words, why_not, is_enabled=bool(job) and not followed.is_running)
        self._controller.offer_copies(self.copy_as, job)
        self._show_result(followed.result if is_this else None)

    def _show_result(self, result: dict[str, Any] | None) -> None:
        against = result.get("against") if result else None
        for card, is_shown in (
            (self.first_card, result is not None),
            (self.operator_card, result is not None),
            (self.second_card, against is not None),
            (self.difference_card, against is not None),
        ):
            card.setVisible(is_shown)
        if result is None:
            return
        self.summary.show_pairs(summary_pairs(result["summary"]))
        self.operator_model.show_columns(TWO if against else ONE)
        _fill(self.operators, self.operator_model, operator_rows(result["summary"], against))
        if against is not None:
            self.second.show_pairs(summary_pairs(against))
            found = result["difference"]
            self.sentence.setText(difference_sentence(found))
            rows = difference_rows(found)
            self.differences.setVisible(bool(rows))
            _fill(self.differences, self.difference_model, rows)


def _fill(table: DataTable, model: RecordsModel, rows: Sequence[dict[str, Any]]) -> None:
    model.show_records(rows)
    table.setFixedHeight(FRAME + LINE * max(1, min(len(rows), MOST_LINES)))
