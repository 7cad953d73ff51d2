"""Exporting an encoder as a proven ONNX file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox, QWidget

from embedding_lab.encoders.record import ONNX
from embedding_lab.export.gate import EXACT
from embedding_lab.workflows.export_onnx import DEFAULT_ROWS, ExportOnnx
from embedding_lab_app.jobs.job_outcome import JobOutcome
from embedding_lab_app.pages.encoders.onnx.corpus_choice import CorpusChoice
from embedding_lab_app.pages.encoders.onnx.folder_field import FolderField
from embedding_lab_app.pages.encoders.onnx.proof_card import ProofCard
from embedding_lab_app.widgets.buttons import CopyAsButton, PrimaryButton
from embedding_lab_app.widgets.field import Field, NumberField
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.surfaces import Card, Collapsible, scrolled
from embedding_lab_app.widgets.wording import count

if TYPE_CHECKING:
    from collections.abc import Iterable

    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab_app.jobs.runner import JobRunner
    from embedding_lab_app.pages.encoders.onnx.controller import OnnxController

FEWEST_ROWS, MOST_ROWS = 9, 5000
WHAT_FOR = (
    "A folder that onnxruntime and NumPy can use alone: pooling and normalization are inside the "
    "file, the tokenizer, the proof and an example script lie beside it."
)


class ExportView(QWidget):
    """The choices of an export, its progress, and its proof. ``add_wanted`` carries a folder."""

    add_wanted = Signal(str)

    def __init__(self, controller: OnnxController, runner: JobRunner) -> None:
        super().__init__()
        self._controller = controller
        self._record: EncoderRecord | None = None
        self.folder = FolderField(controller)
        self.corpus = CorpusChoice(has_sample=True)
        self.n_rows = NumberField(FEWEST_ROWS, MOST_ROWS, "rows")
        self.n_rows.setValue(DEFAULT_ROWS)
        self.min_cosine = QDoubleSpinBox()
        self.min_cosine.setDecimals(6)
        self.min_cosine.setRange(0.0, 1.0)
        self.min_cosine.setSingleStep(0.0001)
        self.min_cosine.setValue(EXACT.min_cosine)
        self.keeps_failed = QCheckBox("Leave the folder even if its files fail the proof")
        self.button = PrimaryButton("Export", self._export)
        self.copy_as = CopyAsButton()
        self.outcome = JobOutcome(runner)
        self.proof = ProofCard()
        self.proof.add_wanted.connect(self.add_wanted)
        self._build()
        controller.export.changed.connect(self._on_export_changed)
        self.folder.changed.connect(self._show_act)
        for signal in (
            self.corpus.currentIndexChanged, self.n_rows.valueChanged,
            self.min_cosine.valueChanged, self.keeps_failed.toggled,
        ):  # fmt: skip
            signal.connect(self._on_choice_made)

    def _build(self) -> None:
        usual = row(
            Field("Proven on rows of", self.corpus, "The file must say the same about them"),
            Field("Rows", self.n_rows, "The longest, an empty one and odd ones are among them"),
            spacing=12,
        )
        least = Field(
            "Smallest cosine that passes",
            self.min_cosine,
            "Between the vectors of the file and of the encoder, row by row",
        )
        limits = column(boxed(row(least, None)), self.keeps_failed, spacing=12)
        for place in range(2):
            usual.setStretch(place, 1)
        act = row(self.button, self.copy_as)
        act.setStretch(0, 1)
        self.form = Card(
            "Export as ONNX",
            Label(WHAT_FOR, "muted", wraps=True),
            self.folder,
            usual,
            Collapsible("Advanced (2)", boxed(limits)),
            act,
        )
        self.refusal = Label("", "muted", wraps=True)
        content = QWidget()
        content.setLayout(
            column(
                self.refusal,
                self.form,
                self.outcome,
                self.proof,
                None,
                spacing=12,
                margins=(0, 12, 24, 16),
            )
        )
        self.setLayout(column(scrolled(content)))

    def show_encoder(self, record: EncoderRecord, corpora: Iterable[Corpus]) -> None:
        """Export another encoder."""
        is_other = self._record is None or self._record.id != record.id
        self._record = record
        self.corpus.show_corpora(corpora)
        is_file = record.kind == ONNX
        self.form.setVisible(not is_file)
        self.refusal.setVisible(is_file)
        self.refusal.setText(
            f"{record.name} is an ONNX file already. Smaller files of it are made on the next tab."
        )
        if is_other:
            self.folder.suggest(f"{record.name}-onnx")
        self._show_job()

    def _on_export_changed(self) -> None:
        result = self._controller.export.result
        if result is not None and result["path"]:
            self.folder.suggest_again()
        self._show_job()

    def _show_job(self) -> None:
        """Show how the export stands, where it is this encoder that is exported."""
        followed, record = self._controller.export, self._record
        is_this = record is not None and self._controller.is_about(followed, record)
        self.outcome.show_job(followed if is_this else None)
        self.proof.show_result(followed.result if is_this else None)
        self._show_act()

    def _show_act(self) -> None:
        is_ready = self.folder.is_valid and not self._controller.export.is_running
        rows = count(self.n_rows.value(), "row")
        self.button.set_act("Export", f"and prove it on {rows}", is_enabled=is_ready)
        self._controller.offer_copies(self.copy_as, self._job())

    def _job(self) -> ExportOnnx | None:
        if self._record is None or not self.folder.text:
            return None
        return ExportOnnx(
            self._record.name,
            self.folder.text,
            check_corpus=self.corpus.chosen,
            n_rows=self.n_rows.value(),
            min_cosine=round(self.min_cosine.value(), 6),
            keeps_failed=self.keeps_failed.isChecked(),
        )

    def _export(self) -> None:
        job = self._job()
        if job is not None:
            self._controller.start(self._controller.export, job)

    def _on_choice_made(self, _value: object) -> None:
        self._show_act()
