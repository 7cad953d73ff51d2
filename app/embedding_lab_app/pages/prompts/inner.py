"""What goes on inside a language model under the prompt that is edited: layers and attention."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from embedding_lab.jobs.events import JobCompleted, JobFailed
from embedding_lab.workflows.bench_layers import BenchLayers
from embedding_lab.workflows.measure_attention import MeasureAttention

if TYPE_CHECKING:
    from embedding_lab.jobs.events import Event
    from embedding_lab_app.context import AppContext
    from embedding_lab_app.pages.prompts.choices import PromptChoices
    from embedding_lab_app.pages.prompts.embedding import EmbeddingPromptsController


class InnerController(QObject):
    """Runs one of the two at a time.

    Signals
    -------
    running(run_id)
        One began, or ended: no id then.
    layers_found(result), attention_found(result), failed(event)
        How it ended.
    """

    running = Signal(str)
    layers_found = Signal(object)
    attention_found = Signal(object)
    failed = Signal(object)

    def __init__(
        self,
        context: AppContext,
        choices: PromptChoices,
        embedding: EmbeddingPromptsController,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._choices = choices
        self._embedding = embedding
        self._run_id = ""
        context.runner.job_ended.connect(self._on_job_ended)

    @property
    def is_ready(self) -> bool:
        """Whether something can be run."""
        has_both = self._choices.corpus is not None and self._choices.encoder is not None
        return has_both and not self._run_id

    def layers_job(self) -> BenchLayers:
        """Return the comparison of all layers."""
        return BenchLayers(**self._common(), k=self._embedding.k)

    def attention_job(self, side: str, layer: int) -> MeasureAttention:
        """Return what measures the attention of one layer."""
        return MeasureAttention(**self._common(), side=side, layer=layer)

    def run(self, job: BenchLayers | MeasureAttention) -> None:
        """Run one of the two jobs.

        Raises
        ------
        LabError
            If the workspace does not take it.
        """
        self._run_id = self._context.runner.submit(job)
        self.running.emit(self._run_id)

    def _common(self) -> dict[str, Any]:
        corpus, encoder = self._choices.corpus, self._choices.encoder
        embedding = self._embedding
        prompt: dict[str, Any] = {"preset": embedding.name}
        if embedding.is_edited:
            prompt = {"preset": "none", "changes": embedding.changes}
        return prompt | {
            "corpus": corpus.name if corpus else "",
            "encoder": encoder.name if encoder else "",
            "pooling": embedding.pooling,
            "modality": self._choices.asked_modality,
        }

    def _on_job_ended(self, run_id: str, event: Event) -> None:
        if run_id != self._run_id:
            return
        self._run_id = ""
        self.running.emit("")
        if isinstance(event, JobFailed):
            self.failed.emit(event)
        elif isinstance(event, JobCompleted):
            is_layers = "layers" in event.result
            (self.layers_found if is_layers else self.attention_found).emit(event.result)
