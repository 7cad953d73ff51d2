"""News of versions: asked for only if the user wants that, and told in one quiet notice."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices

from embedding_lab.errors import LabError
from embedding_lab.jobs.events import JobFailed, PartialResult
from embedding_lab.jobs.job import Job, Lane
from embedding_lab.settings import load_settings
from embedding_lab.version import __version__
from embedding_lab.workspace.workspace import Workspace
from embedding_lab_app.notices import Notice

if TYPE_CHECKING:
    from embedding_lab.hub.updates import Announcement
    from embedding_lab.jobs.context import JobContext
    from embedding_lab.jobs.events import Event
    from embedding_lab_app.context import AppContext


@dataclass(frozen=True)
class LookForUpdate(Job[Workspace]):
    """Asks in a thread; never recorded."""

    lane: ClassVar[Lane] = Lane.IO
    is_recorded: ClassVar[bool] = False
    needs_writing: ClassVar[bool] = False

    @property
    def title(self) -> str:
        """What the job does."""
        return "Looking for a newer version"

    def run(self, ctx: JobContext[Workspace]) -> dict[str, Any]:
        """Ask the address in the settings."""
        from embedding_lab.hub.updates import look_for_update

        ctx.partial(look_for_update(load_settings(), ctx.check))
        return {}


class UpdateNotice(QObject):
    """Asks at the start or when told to, and never downloads anything."""

    def __init__(self, context: AppContext, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._run_id = ""
        self._is_quiet = True
        context.runner.event_received.connect(self._on_runner_event_received)

    def ask_at_start(self) -> None:
        """Ask if the user wants that, is online, and an address is known; tell only good news."""
        settings = self._context.settings
        if settings.check_for_updates and not settings.offline and settings.update_address.strip():
            self._ask(is_quiet=True)

    def ask_now(self) -> None:
        """Ask because the user says so, and tell whatever comes of it."""
        self._ask(is_quiet=False)

    def _ask(self, *, is_quiet: bool) -> None:
        self._is_quiet = is_quiet
        try:
            self._run_id = self._context.runner.submit(LookForUpdate())
        except LabError as error:
            self._context.notices.error(error)

    def _on_runner_event_received(self, run_id: str, event: Event) -> None:
        if run_id != self._run_id:
            return
        notices = self._context.notices
        if isinstance(event, PartialResult):
            self._tell(event.value)
        elif isinstance(event, JobFailed) and not self._is_quiet:
            notices.add(Notice(f"{event.message} {event.hint}".strip(), level="warning"))

    def _tell(self, found: Announcement) -> None:
        notices = self._context.notices
        if found.is_newer:
            text = f"Embedding Lab {found.version} is out; this is {__version__}."
            act = partial(_open_page, found.url) if found.url else None
            notices.add(Notice(text, action_title="Read about it", action=act))
        elif not self._is_quiet:
            notices.info(f"This is the newest version, {__version__}.")


def _open_page(url: str) -> None:
    QDesktopServices.openUrl(QUrl(url))
