"""Questions to the workspace that are answered in a worker thread and leave no trace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import QObject, Signal

from embedding_lab.jobs.events import Event, JobFailed, PartialResult
from embedding_lab.jobs.job import Job, Lane
from embedding_lab.workspace.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from embedding_lab.jobs.context import JobContext
    from embedding_lab_app.jobs.runner import JobRunner


@dataclass(frozen=True)
class Ask(Job[Workspace]):
    """Calls a function of the core and hands its answer out; never recorded."""

    question: Callable[[Workspace], Any]
    lane: ClassVar[Lane] = Lane.INTERACTIVE
    is_recorded: ClassVar[bool] = False
    needs_writing: ClassVar[bool] = False

    @property
    def title(self) -> str:
        """What the job does."""
        return "Looking something up"

    def run(self, ctx: JobContext[Workspace]) -> dict[str, Any]:
        """Ask, and hand the answer out as it is: plain data or read-only arrays."""
        ctx.partial(self.question(ctx.workspace))
        return {}


class Inquiry(QObject):
    """One kind of question; a newer one makes the answer to an older one worthless.

    Signals
    -------
    answered(value)
        What the newest question brought.
    failed(event)
        The newest question's :class:`JobFailed`.
    """

    answered = Signal(object)
    failed = Signal(object)

    def __init__(self, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._run_id = ""
        runner.event_received.connect(self._on_runner_event_received)

    @property
    def is_waiting(self) -> bool:
        """Whether an answer is still to come."""
        return bool(self._run_id)

    def ask(self, question: Callable[[Workspace], Any]) -> None:
        """Call ``question`` with the workspace in a worker thread."""
        self._run_id = self._runner.submit(Ask(question), owner=self)

    def drop(self) -> None:
        """Have no use for the answer any more."""
        if self._run_id:
            self._runner.cancel(self._run_id)
            self._run_id = ""

    def _on_runner_event_received(self, run_id: str, event: Event) -> None:
        if run_id != self._run_id:
            return
        if isinstance(event, PartialResult):
            self._run_id = ""
            self.answered.emit(event.value)
        elif isinstance(event, JobFailed):
            self._run_id = ""
            self.failed.emit(event)
