"""Choosing what to train, starting it, following it, and steering it while it goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from embedding_lab.encoders.store import EncoderStore
from embedding_lab.errors import UsageError
from embedding_lab.jobs.events import JobCompleted, PartialResult
from embedding_lab.jobs.record import find_run, read_run
from embedding_lab.training.control import (
    highest_learning_rate,
    set_learning_rate,
    stop_and_keep_best,
)
from embedding_lab.training.offers import offers
from embedding_lab.workflows.mine_negatives import miners
from embedding_lab.workflows.training_choices import OBJECTIVES, SAMPLERS
from embedding_lab_app.forms.method_choice import method_cards
from embedding_lab_app.pages.training.run_curves import RunCurves

if TYPE_CHECKING:
    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.jobs.events import Event
    from embedding_lab.jobs.record import RunRecord
    from embedding_lab.registry.card import Card
    from embedding_lab.workflows.train_encoder import TrainEncoder
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.negatives import NegativesMeta
    from embedding_lab_app.context import AppContext

RELEVANT = frozenset({"corpora", "encoders", "negatives"})


class TrainController(QObject):
    """Knows what can be trained, and the run that goes on.

    Signals
    -------
    listed()
        There are other corpora, encoders or mined negatives now.
    running(run_id)
        A run began, or ended: no id then.
    updated()
        :attr:`curves` have grown.
    trained(result)
        It ended well.
    cut_short(event)
        It was cancelled, or failed; :meth:`last_run` can be continued.
    """

    listed = Signal()
    running = Signal(str)
    updated = Signal()
    trained = Signal(object)
    cut_short = Signal(object)

    def __init__(self, context: AppContext, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._run_id = self.last_id = ""
        self.corpora: list[Corpus] = []
        self.encoders: list[EncoderRecord] = []
        self.negatives: list[NegativesMeta] = []
        self.curves: RunCurves | None = None
        self.highest_rate = 0.0
        context.workspace_opened.connect(self._on_workspace_opened)
        context.workspace_changed.connect(self._on_workspace_changed)
        context.runner.event_received.connect(self._on_event)
        context.runner.job_ended.connect(self._on_job_ended)

    # What can be chosen

    def reload(self) -> None:
        """Read again which corpora offer training rows, which encoders and negatives there are."""
        workspace = self._context.workspace
        self.corpora = [corpus for corpus in workspace.corpora() if offers(corpus)]
        self.encoders = EncoderStore(workspace).list()
        self.negatives = [table.meta for table in reversed(workspace.negatives())]
        self.listed.emit()

    def corpus(self, corpus_id: str) -> Corpus | None:
        """Return a corpus that can be trained on."""
        return next((item for item in self.corpora if corpus_id in {item.id, item.name}), None)

    @staticmethod
    def objectives() -> list[Card]:
        """Return the cards of the objectives; none if they cannot be read."""
        return method_cards(OBJECTIVES)

    @staticmethod
    def samplers() -> list[Card]:
        """Return the cards of the batch samplers."""
        return method_cards(SAMPLERS)

    def mined_for(self, corpus_id: str, sampler: str) -> list[NegativesMeta]:
        """Return the mined negatives of a corpus that a sampler can make batches of."""
        corpus = self.corpus(corpus_id)
        if corpus is None or sampler not in {card.id for card in miners()}:
            return []
        return [meta for meta in self.negatives if meta.corpus_id == corpus.id]

    # The run

    @property
    def is_running(self) -> bool:
        """Whether a run is under way."""
        return bool(self._run_id)

    def start(self, job: TrainEncoder) -> None:
        """Train.

        Raises
        ------
        LabError
            If a choice is not allowed, or the workspace does not take the job.
        """
        self._follow(self._context.runner.submit(job), RunCurves("This run"))
        self.highest_rate = job.chosen_settings().learning_rate

    def continue_run(self, record: RunRecord) -> None:
        """Take up a run where it stopped.

        Raises
        ------
        LabError
            If it cannot be continued.
        """
        run_id = self._context.runner.continue_run(record)
        self._follow(run_id, RunCurves.read("This run", record.folder))
        self.highest_rate = highest_learning_rate(record)

    def _follow(self, run_id: str, curves: RunCurves) -> None:
        self._run_id = self.last_id = run_id
        self.curves = curves
        self.running.emit(run_id)

    def last_run(self) -> RunRecord:
        """Return the record of the run that is, or was last, followed."""
        return find_run(self._context.workspace.runs_folder, self.last_id)

    def stop_and_keep_best(self) -> None:
        """End the run after its present step, and go on with the best weights so far.

        Raises
        ------
        LabError
            If nothing is running.
        """
        stop_and_keep_best(self._record())

    def set_learning_rate(self, text: str) -> None:
        """Change the highest learning rate; the schedule goes on with it.

        Raises
        ------
        LabError
            If nothing is running, or the text is no learning rate.
        """
        record = self._record()
        set_learning_rate(record, text)
        self.highest_rate = highest_learning_rate(record)

    def _record(self) -> RunRecord:
        entry = self._context.runner.entry(self._run_id)
        if entry is None or entry.folder is None:
            raise UsageError("No training is running.")
        return read_run(entry.folder)

    # Answers

    def _on_event(self, run_id: str, event: Event) -> None:
        if run_id != self._run_id or not isinstance(event, PartialResult):
            return
        value: Any = event.value
        if self.curves is not None and value.get("kind") == "training":
            self.curves.take(value)
            # Orders may come from elsewhere, such as the command line.
            if any(report["kind"] == "control" for report in value["reports"]):
                self.highest_rate = highest_learning_rate(self._record())
            self.updated.emit()

    def _on_job_ended(self, run_id: str, event: Event) -> None:
        if run_id != self._run_id:
            return
        self._run_id = ""
        self.running.emit("")
        self._context.announce("runs", initiator=self)
        if isinstance(event, JobCompleted):
            self._context.announce("encoders", initiator=None)
            self.trained.emit(event.result)
        else:
            self.cut_short.emit(event)

    def _on_workspace_opened(self, _workspace: object) -> None:
        self._run_id, self.curves = "", None
        self.reload()

    def _on_workspace_changed(self, kinds: frozenset[str], _initiator: object) -> None:
        if kinds & RELEVANT:
            self.reload()
