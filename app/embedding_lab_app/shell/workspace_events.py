"""What a job's end means for the rest of the window."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from embedding_lab.engine.start import problem_at_start
from embedding_lab.errors import LabError
from embedding_lab.jobs.events import JobCompleted, JobFailed, JobState
from embedding_lab.jobs.record import find_run
from embedding_lab_app.notices import Notice
from embedding_lab_app.shell.session import Session

if TYPE_CHECKING:
    from embedding_lab.jobs.events import Event
    from embedding_lab.jobs.record import RunRecord
    from embedding_lab.workspace.workspace import Workspace
    from embedding_lab_app.context import AppContext

ALL_KINDS = ("corpora", "embeddings", "encoders", "runs")


class WorkspaceEvents(QObject):
    """Announces changes when recorded jobs end, and offers to take up those that did not."""

    def __init__(self, context: AppContext, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        context.runner.job_ended.connect(self._on_job_ended)
        context.workspace_opened.connect(self._on_workspace_opened)
        if problem := problem_at_start():
            context.notices.add(Notice(problem, level="warning"))
        if context.has_workspace:
            self._on_workspace_opened(context.workspace)

    def _on_job_ended(self, run_id: str, event: Event) -> None:
        entry = self._context.runner.entry(run_id)
        if entry is None or not entry.is_shown:
            return
        if entry.job.needs_writing:
            self._context.announce(*ALL_KINDS)
        if isinstance(event, JobCompleted):
            self._context.notices.success(f"{entry.job.title}: done.")
        elif isinstance(event, JobFailed):
            self._context.notices.add(
                Notice(
                    f"{entry.job.title}: {event.message} {event.hint}".strip(),
                    level="error",
                    details=event.details,
                )
            )

    def _on_workspace_opened(self, workspace: Workspace) -> None:
        for record in workspace.interrupted:
            self._offer(record, "was cut short when the program last ended")
        if workspace.is_writable:
            for run_id in Session(workspace.id).take_left_jobs():
                self._offer_stopped(workspace, run_id)

    def _offer_stopped(self, workspace: Workspace, run_id: str) -> None:
        # The run may have been deleted since, or it ended just before it was stopped.
        with suppress(LabError):
            record = find_run(workspace.runs_folder, run_id)
            if record.state is JobState.CANCELLED:
                self._offer(record, "was stopped when the window closed")

    def _offer(self, record: RunRecord, what_happened: str) -> None:
        self._context.notices.add(
            Notice(
                f"{record.title} {what_happened}.",
                level="warning",
                action_title="Continue",
                action=partial(self._continue, record),
            )
        )

    def _continue(self, record: RunRecord) -> None:
        try:
            self._context.runner.continue_run(record)
        except LabError as error:
            self._context.notices.error(error)
