"""The runner: queues jobs into lanes, runs them in threads, and tells the window what happens."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QDeadlineTimer, QObject, QTimer, Signal

from embedding_lab.errors import LabError
from embedding_lab.jobs.events import Event, JobCancelled, JobCompleted, JobFailed, JobState
from embedding_lab.jobs.job import Job, Lane
from embedding_lab.jobs.record import create_run
from embedding_lab_app.jobs.entry import JobEntry
from embedding_lab_app.jobs.mailbox import Mailbox
from embedding_lab_app.jobs.thread import JobThread

if TYPE_CHECKING:
    from embedding_lab.jobs.record import RunRecord
    from embedding_lab.workspace.workspace import Workspace

DRAIN_EVERY_MS = 40
LANE_WIDTH = {Lane.COMPUTE: 1, Lane.IO: 2, Lane.INTERACTIVE: 1}


class JobRunner(QObject):
    """Runs core jobs for the window.

    Signals
    -------
    event_received(run_id, event)
        Every event of every job, in order; of progress only the newest.
    job_changed(run_id)
        A job was queued, started, paused, progressed, ended or deleted.
    job_ended(run_id, event)
        The terminal event of a job, after its thread is gone.
    """

    event_received = Signal(str, object)
    job_changed = Signal(str)
    job_ended = Signal(str, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace: Workspace | None = None
        self._entries: dict[str, JobEntry] = {}
        self._queue: list[str] = []
        self._threads: dict[str, JobThread] = {}
        self._ends: dict[str, Event] = {}
        self._mailbox = Mailbox()
        self._timer = QTimer(self)
        self._timer.setInterval(DRAIN_EVERY_MS)
        self._timer.timeout.connect(self._on_timer_timeout)

    def set_workspace(self, workspace: Workspace | None) -> None:
        """Say which workspace jobs work on from now; there must be no live job."""
        if self.has_live_jobs:
            raise RuntimeError("a job is still running on the old workspace")
        self._workspace = workspace
        self._entries.clear()

    # Asking

    @property
    def has_live_jobs(self) -> bool:
        """Whether any job is waiting or running."""
        return bool(self._queue or self._threads)

    def live_entries(self) -> list[JobEntry]:
        """Return the jobs worth showing that wait or run, running ones first."""
        live = [self._entries[run_id] for run_id in (*self._threads, *self._queue)]
        return [entry for entry in live if entry.is_shown]

    def entry(self, run_id: str) -> JobEntry | None:
        """Return what is known of a job submitted since the workspace was opened."""
        return self._entries.get(run_id)

    # Telling

    def forget(self, run_id: str) -> None:
        """Forget an ended job whose record was deleted, and tell everybody."""
        self._entries.pop(run_id, None)
        self.job_changed.emit(run_id)

    def submit(self, job: Job[Any], *, owner: object = None) -> str:
        """Queue a job and return the id of its run.

        Parameters
        ----------
        job : Job
            What to do.
        owner : object, optional
            For interactive jobs: a newer job of the same owner replaces an older one.

        Raises
        ------
        LabError
            If no workspace is open, or it cannot be written and the job needs that, or the job
            knows beforehand that it must fail.
        """
        workspace = self._require_workspace()
        if job.needs_writing:
            workspace.require_writable()
        job.require_possible(workspace)
        folder = None
        if job.is_recorded and workspace.is_writable:
            folder = create_run(workspace.runs_folder, job)
        if job.lane is Lane.INTERACTIVE and owner is not None:
            self._drop_older(owner)
        run_id = folder.name if folder else f"unrecorded-{secrets.token_hex(6)}"
        return self._enqueue(JobEntry(run_id=run_id, job=job, folder=folder, owner=owner))

    def continue_run(self, record: RunRecord) -> str:
        """Take up a recorded run where it stopped.

        Raises
        ------
        LabError
            If the run is live, or this version cannot continue it.
        """
        self._require_workspace().require_writable()
        if record.id in self._threads or record.id in self._queue:
            raise LabError(f"{record.title} is running already.")
        entry = JobEntry(
            run_id=record.id, job=record.load_job(), folder=record.folder, is_continued=True
        )
        return self._enqueue(entry)

    def retry(self, record: RunRecord) -> str:
        """Start a recorded job anew, as a run of its own."""
        return self.submit(record.load_job())

    def cancel(self, run_id: str) -> None:
        """Cancel a job; a waiting one ends at once, a running one at its next check."""
        entry = self._entries.get(run_id)
        if entry is None:
            return
        entry.token.cancel()
        if run_id in self._queue:
            # A thread of its own writes the record, so that the history tells the truth.
            self._queue.remove(run_id)
            self._start(entry)
        self.job_changed.emit(run_id)

    def pause(self, run_id: str) -> None:
        """Let a job wait at its next check."""
        self._entries[run_id].token.pause()
        self.job_changed.emit(run_id)

    def resume(self, run_id: str) -> None:
        """Let a paused job go on."""
        self._entries[run_id].token.resume()
        self.job_changed.emit(run_id)

    def toggle_pause(self, run_id: str) -> None:
        """Pause a job, or let a paused one go on."""
        entry = self._entries.get(run_id)
        if entry is None:
            return
        if entry.token.is_paused:
            self.resume(run_id)
        else:
            self.pause(run_id)

    def cancel_all(self) -> None:
        """Cancel every live job."""
        for run_id in (*self._queue, *self._threads):
            self.cancel(run_id)

    def wait(self, milliseconds: int) -> bool:
        """Wait for all threads to end; return whether they did. Events stay in the mailbox."""
        deadline = QDeadlineTimer(milliseconds)
        return all(thread.wait(deadline) for thread in list(self._threads.values()))

    def drain(self) -> None:
        """Deliver what the mailbox holds now, without waiting for the timer."""
        self._on_timer_timeout()

    # Inside

    def _require_workspace(self) -> Workspace:
        if self._workspace is None:
            raise LabError("No workspace is open.", hint="Open or make one first.")
        return self._workspace

    def _enqueue(self, entry: JobEntry) -> str:
        self._entries[entry.run_id] = entry
        self._queue.append(entry.run_id)
        self.job_changed.emit(entry.run_id)
        self._start_waiting()
        return entry.run_id

    def _drop_older(self, owner: object) -> None:
        for run_id in list(self._queue):
            if self._entries[run_id].owner is owner:
                self._queue.remove(run_id)
                del self._entries[run_id]
        for run_id in self._threads:
            if self._entries[run_id].owner is owner:
                self._entries[run_id].token.cancel()

    def _start_waiting(self) -> None:
        for run_id in list(self._queue):
            entry = self._entries[run_id]
            running = sum(
                self._entries[other].job.lane is entry.job.lane for other in self._threads
            )
            if running < LANE_WIDTH[entry.job.lane]:
                self._queue.remove(run_id)
                self._start(entry)

    def _start(self, entry: JobEntry) -> None:
        entry.state = JobState.RUNNING
        thread = JobThread(entry, self._require_workspace(), self._mailbox.post, self)
        # The thread stays referenced here until it has really ended.
        self._threads[entry.run_id] = thread
        thread.finished.connect(self._on_thread_finished)
        thread.start()
        self._timer.start()

    def _on_thread_finished(self) -> None:
        # Which threads have ended is asked before the mailbox is emptied: one that ends in between
        # still has its last event in there.
        ended = [run_id for run_id, thread in self._threads.items() if thread.isFinished()]
        self._deliver()
        for run_id in ended:
            self._threads.pop(run_id).deleteLater()
            self._end(run_id)
        self._start_waiting()
        if not self.has_live_jobs:
            self._timer.stop()

    def _end(self, run_id: str) -> None:
        event = self._ends.pop(run_id, None)
        entry = self._entries[run_id]
        if not entry.is_shown:
            del self._entries[run_id]
        if event is not None:
            self.job_changed.emit(run_id)
            self.job_ended.emit(run_id, event)

    def _on_timer_timeout(self) -> None:
        self._deliver()

    def _deliver(self) -> None:
        for run_id, event in self._mailbox.drain():
            entry = self._entries.get(run_id)
            if entry is None:
                continue
            entry.take(event)
            if isinstance(event, JobCompleted | JobCancelled | JobFailed):
                self._ends[run_id] = event
            self.event_received.emit(run_id, event)
            self.job_changed.emit(run_id)
