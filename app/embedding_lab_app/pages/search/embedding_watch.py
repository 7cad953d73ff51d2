"""An embedding that the Search page started: its first rows are searched while it goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from embedding_lab.jobs.events import Event, JobProgressed

if TYPE_CHECKING:
    from embedding_lab_app.jobs.runner import JobRunner

# With fewer rows the best ones would say nothing of the corpus.
FIRST_ROWS = 500


class EmbeddingWatch(QObject):
    """Follows one run.

    Signals
    -------
    begun()
        So many rows have a vector that a search is worth while.
    ended()
        The embedding is over, however it ended.
    """

    begun = Signal()
    ended = Signal()

    def __init__(self, runner: JobRunner, parent: QObject) -> None:
        super().__init__(parent)
        self.run_id = ""
        self._has_begun = False
        runner.event_received.connect(self._on_runner_event_received)
        runner.job_ended.connect(self._on_runner_job_ended)

    @property
    def is_running(self) -> bool:
        """Whether it is still going on."""
        return bool(self.run_id)

    def follow(self, run_id: str) -> None:
        """Watch a run from now on, or none."""
        self.run_id, self._has_begun = run_id, False

    def _on_runner_event_received(self, run_id: str, event: Event) -> None:
        if run_id != self.run_id or self._has_begun or not isinstance(event, JobProgressed):
            return
        if event.step >= FIRST_ROWS:
            self._has_begun = True
            self.begun.emit()

    def _on_runner_job_ended(self, run_id: str, _event: Event) -> None:
        if run_id == self.run_id:
            self.run_id = ""
            self.ended.emit()
