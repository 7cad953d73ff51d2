"""What a job's end, and a workspace's opening, mean for the rest of the window."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from embedding_lab.encoders.damage import damaged_folders
from embedding_lab.engine.start import problem_at_start
from embedding_lab.errors import LabError
from embedding_lab.jobs.events import JobCompleted, JobFailed, JobState
from embedding_lab.jobs.record import find_run
from embedding_lab_app.jobs.inquiry import Inquiry
from embedding_lab_app.notices import Notice
from embedding_lab_app.shell.session import Session
from embedding_lab_app.widgets.wording import listed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from embedding_lab.jobs.events import Event
    from embedding_lab.jobs.record import RunRecord
    from embedding_lab.workspace.workspace import Workspace
    from embedding_lab_app.context import AppContext

ALL_KINDS = ("corpora", "embeddings", "encoders", "runs")
# More would not fit into a notice; `workspace info` names all.
MOST_NAMED = 3


class WorkspaceEvents(QObject):
    """Announces changes when recorded jobs end, and tells what an opened workspace needs.

    That is jobs that did not end, offered for taking up, and records that are damaged.
    """

    def __init__(self, context: AppContext, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._damage = Inquiry(context.runner, self)
        self._damage.answered.connect(self._on_damage_answered)
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
        self._damage.ask(damaged_folders)

    def _on_damage_answered(self, folders: list[Path]) -> None:
        if not folders:
            return
        root = self._context.workspace.folder
        self._context.notices.add(
            Notice(
                _left_out([folder.relative_to(root).as_posix() for folder in folders]),
                level="warning",
                action_title="What to do",
                action=partial(self._context.manual_requested.emit, "troubleshooting"),
            )
        )

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


def _left_out(names: Sequence[str]) -> str:
    named, n_more = list(names[:MOST_NAMED]), len(names) - MOST_NAMED
    if n_more > 0:
        named.append(f"{n_more:,} more")
    where, it = listed(named), "it" if len(names) == 1 else "them"
    damaged = "The record in {} is" if len(names) == 1 else "The records in {} are"
    return (
        f"{damaged.format(where)} damaged, and every list leaves {it} out. Put {it} back from a "
        f"backup of your own, or remove {it} and import, embed, mine or add again."
    )
