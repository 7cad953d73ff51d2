"""The thread that runs one job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QThread

from embedding_lab.jobs.run import run_job

if TYPE_CHECKING:
    from collections.abc import Callable

    from embedding_lab.jobs.cancellation import CancellationToken
    from embedding_lab.jobs.events import Event
    from embedding_lab.workspace.workspace import Workspace
    from embedding_lab_app.jobs.entry import JobEntry

# Qt threads get 512 KiB on macOS, too little for BLAS and deep recursion.
STACK_BYTES = 16 * 1024 * 1024


class JobThread(QThread):
    """Runs one job and posts its events; owns no Qt object besides itself."""

    def __init__(
        self,
        entry: JobEntry,
        workspace: Workspace,
        post: Callable[[str, Event], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self.setStackSize(STACK_BYTES)
        self.run_id = entry.run_id
        self._entry = entry
        self._workspace = workspace
        self._post = post

    @property
    def token(self) -> CancellationToken:
        """The token that stops or pauses the job."""
        return self._entry.token

    def run(self) -> None:
        """Run the job to its terminal event."""
        run_job(
            self._entry.job,
            self._workspace,
            lambda event: self._post(self.run_id, event),
            token=self._entry.token,
            folder=self._entry.folder,
            is_continued=self._entry.is_continued,
        )
