"""An encoder on a hub that may be downloaded: what was asked, what the hub told, the download."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from embedding_lab.errors import LabError
from embedding_lab.hub.address import looks_like_address
from embedding_lab.jobs.events import JobCompleted, JobFailed
from embedding_lab.workflows.fetch_encoder import FetchEncoder
from embedding_lab.workflows.look_up_encoder import FindEncoders, LookUpEncoder
from embedding_lab_app.pages.encoders.downloads import Downloads

if TYPE_CHECKING:
    from embedding_lab.jobs.events import Event
    from embedding_lab_app.context import AppContext


class HubDraft(QObject):
    """Asks the hub in worker threads, only when the user says so.

    Signals
    -------
    changed()
        What is asked, told or under way is another now.
    added(encoder_id)
        A download became an encoder of the workspace.
    """

    changed = Signal()
    added = Signal(str)

    def __init__(self, context: AppContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.is_open = False
        self.is_allowed = False
        self.matches: list[dict[str, Any]] | None = None
        self.found: dict[str, Any] | None = None
        self.error: JobFailed | None = None
        self.fetch_run = ""
        self._asking_run = ""
        self.downloads = Downloads(context, self)
        context.runner.job_ended.connect(self._on_runner_job_ended)

    @property
    def is_offline(self) -> bool:
        """Whether the network is shut."""
        return self._context.settings.offline and not self.is_allowed

    @property
    def is_asking(self) -> bool:
        """Whether an answer of the hub is still to come."""
        return bool(self._asking_run)

    @property
    def host(self) -> str:
        """The hub's name, for sentences."""
        return self._context.settings.hub_endpoint.partition("://")[2].strip("/")

    def open(self) -> None:
        """Show the hub's part of the page."""
        self.is_open = True
        self.downloads.reload()
        self.changed.emit()

    def close(self) -> None:
        """Put it away; a download goes on."""
        self.is_open, self.is_allowed = False, False
        self.matches = self.found = self.error = None
        self._forget_question()
        self.changed.emit()

    def allow(self) -> None:
        """Lift the offline switch until this part of the page is closed."""
        self.is_allowed = True
        self.error = None
        self.changed.emit()

    def ask(self, text: str) -> None:
        """Look up a name, or search for words."""
        wanted = text.strip()
        if not wanted:
            return
        job = (
            LookUpEncoder(wanted, is_online=self.is_allowed)
            if looks_like_address(wanted)
            else FindEncoders(wanted, is_online=self.is_allowed)
        )
        self._forget_question()
        self.matches = self.found = self.error = None
        self._asking_run = self._context.runner.submit(job, owner=self)
        self.changed.emit()

    def fetch(self, name: str, *, trusts_code: bool = False) -> None:
        """Download what was looked up and add it under a name."""
        if self.found is None:
            return
        job = FetchEncoder(
            self.found["id"],
            self.found["revision"],
            name=name,
            trusts_code=trusts_code,
            is_online=self.is_allowed,
        )
        self.error = None
        try:
            self.fetch_run = self._context.runner.submit(job)
        except LabError as error:
            self._context.notices.error(error)
        self.changed.emit()

    def _forget_question(self) -> None:
        if self._asking_run:
            self._context.runner.cancel(self._asking_run)
            self._asking_run = ""

    def _on_runner_job_ended(self, run_id: str, event: Event) -> None:
        if run_id == self._asking_run:
            self._asking_run = ""
            self._take_answer(event)
        elif run_id == self.fetch_run:
            self.fetch_run = ""
            self._take_download(event)
        else:
            return
        self.changed.emit()

    def _take_answer(self, event: Event) -> None:
        if isinstance(event, JobFailed):
            self.error = event
        elif isinstance(event, JobCompleted) and "encoders" in event.result:
            self.matches = event.result["encoders"]
        elif isinstance(event, JobCompleted):
            self.found = event.result

    def _take_download(self, event: Event) -> None:
        if isinstance(event, JobFailed):
            self.error = event
        elif isinstance(event, JobCompleted):
            self.close()
            self.added.emit(event.result["id"])
