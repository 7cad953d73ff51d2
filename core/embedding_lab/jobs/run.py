"""Running a job: from its first event to exactly one terminal event."""

from __future__ import annotations

import tempfile
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from embedding_lab.errors import LabError
from embedding_lab.jobs.cancellation import CancellationToken, Cancelled
from embedding_lab.jobs.context import JobContext
from embedding_lab.jobs.events import (
    JobCancelled,
    JobCompleted,
    JobFailed,
    JobStarted,
    TerminalEvent,
)
from embedding_lab.jobs.record import RunRecorder
from embedding_lab.storage import is_full_disk

if TYPE_CHECKING:
    from embedding_lab.jobs.context import Sink
    from embedding_lab.jobs.events import Event
    from embedding_lab.jobs.job import Job, WorkspaceT


def run_job(
    job: Job[WorkspaceT],
    workspace: WorkspaceT,
    sink: Sink,
    *,
    token: CancellationToken | None = None,
    folder: Path | None = None,
    is_continued: bool = False,
) -> TerminalEvent:
    """Run ``job`` in this thread and return its terminal event, which the sink gets too.

    Parameters
    ----------
    job : Job
        What to do.
    workspace
        What to do it on.
    sink : callable
        Receives every event, in order, in this thread.
    token : CancellationToken, optional
        Lets another thread pause or cancel the job.
    folder : Path, optional
        The run's folder from :func:`embedding_lab.jobs.record.create_run`; without one nothing is
        recorded and a temporary folder serves.
    is_continued : bool, default False
        Whether an earlier attempt at the same run was cut short.
    """
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="embedding-lab-") as temporary:
            return _run(job, workspace, sink, token, Path(temporary), is_continued=is_continued)
    recorder = RunRecorder(folder)

    def record_and_forward(event: Event) -> None:
        recorder(event)
        sink(event)

    return _run(job, workspace, record_and_forward, token, folder, is_continued=is_continued)


def _run(
    job: Job[WorkspaceT],
    workspace: WorkspaceT,
    sink: Sink,
    token: CancellationToken | None,
    folder: Path,
    *,
    is_continued: bool,
) -> TerminalEvent:
    context = JobContext(
        workspace, folder, token or CancellationToken(), sink, is_continued=is_continued
    )
    sink(JobStarted(title=job.title, is_continued=is_continued))
    terminal: TerminalEvent
    try:
        context.check()
        terminal = JobCompleted(result=job.run(context))
    except Cancelled:
        terminal = JobCancelled()
    except Exception as error:  # noqa: BLE001 - a job's end is always told, whatever ended it
        terminal = failure(error)
    sink(terminal)
    return terminal


def failure(error: Exception) -> JobFailed:
    """Return the sentence a person gets for an exception, with the traceback as details."""
    details = "".join(traceback.format_exception(error))
    if isinstance(error, LabError):
        return JobFailed(message=error.message, hint=error.hint, details=details)
    if is_full_disk(error):
        return JobFailed(
            message="The disk is full.",
            hint="Free some space and continue the job; what was finished is kept.",
            details=details,
        )
    if isinstance(error, MemoryError):
        return JobFailed(
            message="The machine ran out of memory.",
            hint="Close other programs or lower the tokens per batch, then continue.",
            details=details,
        )
    if isinstance(error, OSError) and error.strerror:
        where = f" ({error.filename})" if error.filename else ""
        return JobFailed(message=f"{error.strerror}{where}.", details=details)
    return JobFailed(
        message=f"Something unexpected went wrong: {error or type(error).__name__}.",
        hint="The details below help to report it.",
        details=details,
    )
