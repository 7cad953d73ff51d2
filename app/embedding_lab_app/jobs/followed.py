"""The last job of one kind that a page started, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from embedding_lab.jobs.events import JobCompleted, JobFailed

if TYPE_CHECKING:
    from embedding_lab.jobs.events import Event
    from embedding_lab.jobs.job import Job
    from embedding_lab_app.jobs.runner import JobRunner


class FollowedJob(QObject):
    """Starts jobs one after another and keeps the newest one's end.

    Attributes
    ----------
    job : Job, optional
        The newest one.
    run_id : str
        Its run while it waits or runs; empty afterwards.
    result : dict, optional
        What it returned, if it completed.
    failure : JobFailed, optional
        How it failed, if it did.

    Signals
    -------
    changed()
        It began or ended, or was forgotten.
    """

    changed = Signal()

    def __init__(self, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self.job: Job[Any] | None = None
        self.run_id = ""
        self.result: dict[str, Any] | None = None
        self.failure: JobFailed | None = None
        runner.job_ended.connect(self._on_runner_job_ended)

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return bool(self.run_id)

    def start(self, job: Job[Any]) -> None:
        """Start another job.

        Raises
        ------
        LabError
            If the runner refuses it; the one before stays.
        """
        run_id = self._runner.submit(job, owner=self)
        self.job, self.run_id, self.result, self.failure = job, run_id, None, None
        self.changed.emit()

    def forget(self) -> None:
        """Know nothing of any job, as in another workspace."""
        self.job, self.run_id, self.result, self.failure = None, "", None, None
        self.changed.emit()

    def _on_runner_job_ended(self, run_id: str, event: Event) -> None:
        if run_id != self.run_id:
            return
        self.run_id = ""
        if isinstance(event, JobCompleted):
            self.result = event.result
        elif isinstance(event, JobFailed):
            self.failure = event
        self.changed.emit()
