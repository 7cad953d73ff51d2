"""The encoders that were downloaded: reading the list, and deleting one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from embedding_lab.errors import LabError
from embedding_lab.jobs.events import JobCompleted, JobFailed
from embedding_lab.workflows.downloaded_encoders import DeleteDownload, ListDownloads
from embedding_lab_app.widgets.wording import listed, size

if TYPE_CHECKING:
    from embedding_lab.jobs.events import Event
    from embedding_lab_app.context import AppContext


class Downloads(QObject):
    """Looks at the folder of downloads in worker threads.

    Signals
    -------
    changed()
        The list was read anew, or a deletion began or ended.
    """

    changed = Signal()

    def __init__(self, context: AppContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.items: list[dict[str, Any]] = []
        self.folder = ""
        self._reading_run = ""
        self._deleting_run = ""
        context.runner.job_ended.connect(self._on_runner_job_ended)

    @property
    def is_deleting(self) -> bool:
        """Whether files are being deleted."""
        return bool(self._deleting_run)

    def reload(self) -> None:
        """Read the list anew."""
        self._reading_run = self._context.runner.submit(ListDownloads(), owner=self)

    def delete(self, item: dict[str, Any]) -> None:
        """Ask, then delete the files of one download."""
        if self._context.asker.confirm(
            "Delete the download", _question(item), "Delete for good", is_dangerous=True
        ):
            job = DeleteDownload(item["repository"], even_if_used=bool(item["encoders"]))
            self._deleting_run = self._context.runner.submit(job)
            self.changed.emit()

    def _on_runner_job_ended(self, run_id: str, event: Event) -> None:
        if run_id == self._reading_run:
            self._reading_run = ""
            if isinstance(event, JobCompleted):
                self.items, self.folder = event.result["downloads"], event.result["folder"]
        elif run_id == self._deleting_run:
            self._deleting_run = ""
            self.reload()
            # Encoders that used it say now that their folder is missing.
            self._context.announce("encoders", initiator=self)
        else:
            return
        if isinstance(event, JobFailed):
            self._context.notices.error(LabError(event.message, hint=event.hint))
        self.changed.emit()


def _question(item: dict[str, Any]) -> str:
    sentence = f"Delete the {size(item['n_bytes'])} that were downloaded of {item['repository']}? "
    users = item["encoders"]
    if users:
        sentence += (
            f"{listed(users)} of this workspace cannot be opened then until it is downloaded again."
        )
    else:
        sentence += "No encoder of this workspace uses it; one of another workspace may."
    return f"{sentence} There is no way back."
