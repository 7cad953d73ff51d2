"""What is done with ONNX files: intents become jobs, whose ends the views look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from embedding_lab.errors import LabError
from embedding_lab_app.jobs.followed import FollowedJob
from embedding_lab_app.pages.encoders.onnx.copy_as import as_command, as_python
from embedding_lab_app.widgets.folders import free_path

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.jobs.job import Job
    from embedding_lab_app.context import AppContext
    from embedding_lab_app.widgets.buttons import CopyAsButton


class OnnxController(QObject):
    """Follows one job of each kind: preparing, exporting, making smaller, looking into."""

    def __init__(self, context: AppContext, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self.preparation = FollowedJob(context.runner, self)
        self.export = FollowedJob(context.runner, self)
        self.shrinking = FollowedJob(context.runner, self)
        self.inspection = FollowedJob(context.runner, self)
        self.preparation.changed.connect(self._on_preparation_changed)
        context.workspace_opened.connect(self._on_workspace_opened)

    def start(self, followed: FollowedJob, job: Job[Any]) -> None:
        """Start a job, or tell why it cannot be."""
        try:
            followed.start(job)
        except (LabError, OSError) as error:
            self._context.notices.error(error)

    @staticmethod
    def is_about(followed: FollowedJob, record: EncoderRecord) -> bool:
        """Whether the newest job of a kind was about this encoder."""
        return getattr(followed.job, "encoder", "") == record.name

    def offer_copies(self, button: CopyAsButton, job: Job[Any] | None) -> None:
        """Let a button copy what a job does; it is off while there is none."""
        button.setToolTip("Copy what these choices do as Python or as a command")
        workspace = self._context.workspace.folder
        python, command = (
            (as_python(workspace, job), as_command(workspace, job)) if job else ("", "")
        )
        button.offer(python=python, command=command)

    def suggested_folder(self, name: str) -> Path:
        """Return a folder beside the workspace that does not exist yet."""
        clean = "".join(sign if sign.isalnum() or sign in "-_." else "-" for sign in name)
        return free_path(self._context.workspace.folder.parent / clean)

    def choose_folder(self, name: str) -> Path | None:
        """Ask for the folder in which a new one called ``name`` is made."""
        parent = self._context.asker.folder("Choose where the folder goes")
        return parent / name if parent is not None else None

    def choose_file(self) -> Path | None:
        """Ask for an ONNX file."""
        found = self._context.asker.files("Choose an ONNX file", "ONNX files (*.onnx)")
        return found[0] if found else None

    def _on_preparation_changed(self) -> None:
        if self.preparation.result is not None:
            self._context.announce("encoders", initiator=self)

    def _on_workspace_opened(self, _workspace: object) -> None:
        for followed in (self.preparation, self.export, self.shrinking, self.inspection):
            followed.forget()
