"""Which engine computes an encoder, its proof, and the button that prepares it for the fast one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt

from embedding_lab.encoders.record import ONNX
from embedding_lab.types import Engine
from embedding_lab.workflows.prepare_encoder import PrepareEncoder
from embedding_lab_app.jobs.job_outcome import JobOutcome
from embedding_lab_app.pages.encoders.onnx.corpus_choice import CorpusChoice
from embedding_lab_app.pages.encoders.onnx.proof_words import (
    engine_detail,
    engine_sentence,
    proof_for,
    proof_pairs,
)
from embedding_lab_app.widgets.buttons import Button, CopyAsButton
from embedding_lab_app.widgets.field import Field
from embedding_lab_app.widgets.key_value_list import KeyValueList
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.surfaces import Card, Collapsible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab_app.jobs.runner import JobRunner
    from embedding_lab_app.pages.encoders.onnx.controller import OnnxController


class EngineCard(Card):
    """Shows the engine of the chosen encoder, and prepares it."""

    def __init__(self, controller: OnnxController, runner: JobRunner) -> None:
        self._controller = controller
        self._record: EncoderRecord | None = None
        self.state = Label("")
        self.detail = Label("", "muted", wraps=True)
        self.corpus = CorpusChoice(has_sample=True)
        self.button = Button("Prepare for the fast engine", self._prepare)
        self.copy_as = CopyAsButton()
        self.outcome = JobOutcome(runner)
        self.proof = KeyValueList()
        self.fold = Collapsible("Proof", self.proof)
        choice = Field("Proven on rows of", self.corpus, "The file must say the same about them")
        act = row(choice, self.button, None, spacing=12)
        act.setAlignment(self.button, Qt.AlignmentFlag.AlignBottom)
        self._act = boxed(act)
        top = row(self.state, self.copy_as)
        top.setStretch(0, 1)
        words = column(boxed(top), self.detail, spacing=4)
        super().__init__("Engine", words, self._act, self.outcome, self.fold)
        controller.preparation.changed.connect(self._show_job)

    def show_encoder(self, record: EncoderRecord, corpora: Iterable[Corpus]) -> None:
        """Show another encoder, or the same one as it stands now."""
        self._record = record
        proof = proof_for(record)
        self.state.setText(engine_sentence(record, proof))
        self.detail.setText(engine_detail(record, proof))
        self.corpus.show_corpora(corpora)
        self._show_proof(proof)
        self.copy_as.setVisible(record.kind != ONNX)
        self._show_job()

    def _show_proof(self, proof: dict[str, Any]) -> None:
        parts = proof.get("parts", ())
        pairs = [pair for part in parts for pair in proof_pairs(part)]
        self.proof.show_pairs(pairs)
        self.fold.setVisible(bool(pairs))

    def _show_job(self) -> None:
        """Show how preparing stands, where it is this encoder that is prepared."""
        followed, record = self._controller.preparation, self._record
        if record is None:
            return
        is_this = self._controller.is_about(followed, record)
        self.outcome.show_job(followed if is_this else None)
        is_open = record.engine != Engine.ONNX and not (is_this and followed.is_running)
        self._act.setVisible(is_open)
        self.button.setEnabled(not followed.is_running)
        self._controller.offer_copies(self.copy_as, self._job())

    def _job(self) -> PrepareEncoder | None:
        if self._record is None:
            return None
        return PrepareEncoder(self._record.name, check_corpus=self.corpus.chosen)

    def _prepare(self) -> None:
        job = self._job()
        if job is not None:
            self._controller.start(self._controller.preparation, job)
