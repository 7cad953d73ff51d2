"""The embedding of the corpus to be searched: its first rows are searched while it goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from embedding_lab.jobs.events import Event, JobProgressed
from embedding_lab_app.jobs.live_embedding import live_embedding

if TYPE_CHECKING:
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab_app.jobs.runner import JobRunner

# With fewer rows the best ones would say nothing of the corpus.
FIRST_ROWS = 500


class EmbeddingWatch(QObject):
    """Follows the run that embeds one corpus, wherever it was started.

    Attributes
    ----------
    encoder : str
        The name or id of the encoder at work; empty while none is.

    Signals
    -------
    started()
        An embedding of the corpus was found.
    begun()
        So many rows have a vector that a search is worth while.
    ended()
        The embedding is over, however it ended.
    """

    started = Signal()
    begun = Signal()
    ended = Signal()

    def __init__(self, runner: JobRunner, parent: QObject) -> None:
        super().__init__(parent)
        self._runner = runner
        self._corpus: Corpus | None = None
        self._run_id = ""
        self.encoder = ""
        self._has_begun = False
        runner.job_changed.connect(self._on_runner_job_changed)
        runner.event_received.connect(self._on_runner_event_received)
        runner.job_ended.connect(self._on_runner_job_ended)

    @property
    def is_running(self) -> bool:
        """Whether the corpus is being embedded, or waits for it."""
        return bool(self._run_id)

    def look_at(self, corpus: Corpus | None) -> None:
        """Watch this corpus from now on."""
        is_the_same = (
            self._corpus is not None and corpus is not None and corpus.id == self._corpus.id
        )
        self._corpus = corpus
        # A run that has just ended is still to be told of.
        if not (is_the_same and self._run_id):
            self._find()

    def _find(self) -> None:
        live = live_embedding(self._runner, self._corpus) if self._corpus is not None else None
        found = live[0].run_id if live is not None else ""
        if found != self._run_id:
            self._run_id, self._has_begun = found, False
            self.encoder = live[1].encoder if live is not None else ""

    def _on_runner_job_changed(self, _run_id: str) -> None:
        if not self._run_id:
            self._find()
            if self._run_id:
                self.started.emit()

    def _on_runner_event_received(self, run_id: str, event: Event) -> None:
        if run_id != self._run_id or self._has_begun or not isinstance(event, JobProgressed):
            return
        if event.step >= FIRST_ROWS:
            self._has_begun = True
            self.begun.emit()

    def _on_runner_job_ended(self, run_id: str, _event: Event) -> None:
        if run_id == self._run_id:
            self._run_id = self.encoder = ""
            self._find()
            self.ended.emit()
