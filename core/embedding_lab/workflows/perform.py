"""Running a job on a workspace as its class asks: writing checked, the run recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from embedding_lab.errors import LabError, UsageError
from embedding_lab.jobs.events import JobCompleted, JobFailed
from embedding_lab.jobs.record import create_run
from embedding_lab.jobs.run import run_job

if TYPE_CHECKING:
    from embedding_lab.jobs.cancellation import CancellationToken
    from embedding_lab.jobs.context import Sink
    from embedding_lab.jobs.events import TerminalEvent
    from embedding_lab.jobs.job import Job
    from embedding_lab.jobs.record import RunRecord
    from embedding_lab.workspace.workspace import Workspace


class JobFailedError(LabError):
    """A job failed. ``run_id`` names its record, if one was kept; ``details`` are for a report."""

    def __init__(self, event: JobFailed, run_id: str) -> None:
        super().__init__(event.message, hint=event.hint)
        self.run_id = run_id
        self.details = event.details


class JobCancelledError(LabError):
    """A job was cancelled. ``run_id`` names its record, if one was kept."""

    def __init__(self, run_id: str) -> None:
        hint = f"Continue it with `embedding-lab jobs continue {run_id}`." if run_id else ""
        super().__init__("The job was cancelled.", hint=hint)
        self.run_id = run_id


def perform(
    job: Job[Workspace],
    workspace: Workspace,
    sink: Sink = lambda _: None,
    token: CancellationToken | None = None,
) -> dict[str, Any]:
    """Run a job in this thread and return its result.

    Nothing is recorded for jobs that keep no history, and in a workspace that is open read-only.

    Raises
    ------
    WorkspaceError
        If the job changes the workspace and that is open read-only.
    LabError
        If it is known beforehand that the job must fail; nothing is recorded then.
    JobFailedError, JobCancelledError
        If it does not complete.
    """
    if job.needs_writing:
        workspace.require_writable()
    job.require_possible(workspace)
    if not (job.is_recorded and workspace.is_writable):
        return _result(run_job(job, workspace, sink, token=token), "")
    folder = create_run(workspace.runs_folder, job)
    return _result(run_job(job, workspace, sink, token=token, folder=folder), folder.name)


def perform_alone(
    job: Job[Any], sink: Sink = lambda _: None, token: CancellationToken | None = None
) -> dict[str, Any]:
    """Run a job that needs no workspace in this thread and return its result.

    Raises
    ------
    JobFailedError, JobCancelledError
        If it does not complete.
    """
    return _result(run_job(job, None, sink, token=token), "")


def continue_run(
    run: RunRecord,
    workspace: Workspace,
    sink: Sink = lambda _: None,
    token: CancellationToken | None = None,
) -> dict[str, Any]:
    """Go on with a run that was cancelled, failed or was cut short, and return its result.

    Raises
    ------
    UsageError
        If there is nothing to continue.
    WorkspaceError
        If the workspace is open read-only.
    JobFailedError, JobCancelledError
        If it does not complete this time either.
    """
    workspace.require_writable()
    if not run.state.can_continue:
        raise UsageError(
            f"The job {run.id} is {run.state}, so there is nothing to continue.",
            hint="`embedding-lab jobs list` shows how each job ended.",
        )
    job = run.load_job()
    ended = run_job(job, workspace, sink, token=token, folder=run.folder, is_continued=True)
    return _result(ended, run.id)


def _result(ended: TerminalEvent, run_id: str) -> dict[str, Any]:
    if isinstance(ended, JobCompleted):
        return ended.result
    if isinstance(ended, JobFailed):
        raise JobFailedError(ended, run_id)
    raise JobCancelledError(run_id)
