"""Searching prompts with a few labelled rows: a method and its values become a job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from embedding_lab.jobs.events import JobCompleted, JobFailed, PartialResult
from embedding_lab.workflows.optimize_prompts import FAMILY, OptimizePrompts
from embedding_lab_app.forms.method_choice import method_cards

if TYPE_CHECKING:
    from collections.abc import Mapping

    from embedding_lab.jobs.events import Event
    from embedding_lab.registry.card import Card
    from embedding_lab.registry.parameter import Value
    from embedding_lab_app.context import AppContext
    from embedding_lab_app.pages.prompts.zero_shot import ZeroShotController


class OptimizerController(QObject):
    """Runs one search at a time on what the editors hold.

    Signals
    -------
    running(run_id)
        A search began, or ended: no id then.
    stepped(step)
        How far the search has come: the best set so far, and what it reaches.
    found(result)
        It ended well.
    failed(event)
        It did not.
    """

    running = Signal(str)
    stepped = Signal(object)
    found = Signal(object)
    failed = Signal(object)

    def __init__(self, context: AppContext, zero_shot: ZeroShotController, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._zero_shot = zero_shot
        self._run_id = ""
        context.runner.event_received.connect(self._on_event)
        context.runner.job_ended.connect(self._on_job_ended)

    @property
    def is_running(self) -> bool:
        """Whether a search is under way."""
        return bool(self._run_id)

    def methods(self) -> list[Card]:
        """Return the cards of the methods there are; none if they cannot be read."""
        return method_cards(FAMILY)

    def job(self, method: str, chosen: Mapping[str, Value], shots: int) -> OptimizePrompts:
        """Return the search as a job; ``chosen`` are the values that are not the defaults."""
        inputs = self._zero_shot.inputs()
        return OptimizePrompts(**inputs, method=method, parameters=dict(chosen), shots=shots)

    def search(self, method: str, chosen: Mapping[str, Value], shots: int) -> None:
        """Run a search.

        Raises
        ------
        LabError
            If the workspace does not take it.
        """
        self._run_id = self._context.runner.submit(self.job(method, chosen, shots))
        self.running.emit(self._run_id)

    def _on_event(self, run_id: str, event: Event) -> None:
        if run_id == self._run_id and isinstance(event, PartialResult):
            self.stepped.emit(event.value)

    def _on_job_ended(self, run_id: str, event: Event) -> None:
        if run_id != self._run_id:
            return
        self._run_id = ""
        self.running.emit("")
        # The search may have embedded the corpus.
        self._context.announce("embeddings", initiator=self)
        if isinstance(event, JobCompleted):
            self.found.emit(event.result)
        elif isinstance(event, JobFailed):
            self.failed.emit(event)


def sentence(result: dict[str, Any]) -> str:
    """Return what a search came to, on the rows that it has not seen."""
    low, high = result["accuracy_ci"]
    n = result["n_held_out"]
    return (
        f"{result['method_title']}: accuracy {result['accuracy']:.3f} [{low:.3f}, {high:.3f}] on "
        f"{n:,} rows that the search has not seen, {result['train_accuracy']:.3f} on the "
        f"{result['n_examples']:,} examples it searched on."
    )
