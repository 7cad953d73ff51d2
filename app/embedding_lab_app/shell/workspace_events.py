"""What a job's end means for the rest of the window."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from embedding_lab.engine.start import problem_at_start
from embedding_lab.errors import LabError
from embedding_lab.jobs.events import JobCompleted, JobFailed
from embedding_lab_app.notices import Notice

if TYPE_CHECKING:
    from embedding_lab.jobs.events import Event
    from embedding_lab.jobs.record import RunRecord
    from embedding_lab.workspace.workspace import Workspace
    from embedding_lab_app.context import AppContext

ALL_KINDS = ("corpora", "embeddings", "encoders", "runs")


class WorkspaceEvents(QObject):
    """Announces changes when recorded jobs end, and offers to take up interrupted ones."""

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
            self._context.notices.add(
                Notice(
                    f"{record.title} was cut short when the program last ended.",
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
