"""What the settings know of the graphics card, and the jobs that install and remove its engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from embedding_lab.errors import LabError
from embedding_lab_app.jobs.followed import FollowedJob
from embedding_lab_app.jobs.inquiry import Inquiry

if TYPE_CHECKING:
    from collections.abc import Callable

    from embedding_lab.engine.plan import EnginePlan
    from embedding_lab.jobs.events import JobFailed
    from embedding_lab.jobs.job import Job
    from embedding_lab_app.context import AppContext
    from embedding_lab_app.jobs.entry import JobEntry

REMOVE = "Remove the engine"


class EngineControl(QObject):
    """Asks in worker threads, and keeps the newest answers.

    Parameters
    ----------
    context : AppContext
        What the window shares.
    look : callable, optional
        Tells how things stand, as :func:`~embedding_lab.engine.state.engine_state` does.
    parent : QObject, optional
        Who owns it.

    Attributes
    ----------
    state : dict, optional
        How things stand; ``None`` until that is known.
    plan : EnginePlan, optional
        What would be fetched, once it was looked up.
    error : str
        What went wrong last.
    is_allowed : bool
        Whether the user lifted the offline switch here.

    Signals
    -------
    changed()
        Something of this is different.
    """

    changed = Signal()

    def __init__(
        self,
        context: AppContext,
        look: Callable[[], dict[str, Any]] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._context = context
        # Imported when the settings are first opened: the window's start needs none of it.
        from embedding_lab.engine.state import engine_state

        self._look = look or engine_state
        self.state: dict[str, Any] | None = None
        self.plan: EnginePlan | None = None
        self.error = ""
        self.is_allowed = False
        self._looking = Inquiry(context.runner, self)
        self._looking.answered.connect(self._on_looking_answered)
        self._looking.failed.connect(self._on_inquiry_failed)
        self._sizing = Inquiry(context.runner, self)
        self._sizing.answered.connect(self._on_sizing_answered)
        self._sizing.failed.connect(self._on_inquiry_failed)
        self._job = FollowedJob(context.runner, self)
        self._job.changed.connect(self._on_job_changed)
        self._take_over_running()

    @property
    def is_offline(self) -> bool:
        """Whether nothing may be asked of the network."""
        return self._context.settings.offline and not self.is_allowed

    @property
    def is_sizing(self) -> bool:
        """Whether the size is being looked up."""
        return self._sizing.is_waiting

    @property
    def entry(self) -> JobEntry | None:
        """The job that installs or removes, while it runs."""
        return self._context.runner.entry(self._job.run_id) if self._job.is_running else None

    def look(self) -> None:
        """Find out how things stand."""
        self._looking.ask(lambda _: self._look())

    def allow(self) -> None:
        """Lift the offline switch until the settings are closed."""
        self.is_allowed = True
        self.changed.emit()

    def look_up(self) -> None:
        """Ask the index what the fitting engine consists of."""
        from embedding_lab.workflows.install_engine import look_up_engine

        self.error = ""
        build = self.state["build"] if self.state else ""
        self._sizing.ask(lambda _: look_up_engine(build=build, is_online=self.is_allowed))
        self.changed.emit()

    def install(self) -> None:
        """Start the job that installs it."""
        from embedding_lab.workflows.install_engine import InstallEngine

        if self.plan is not None:
            self._start(InstallEngine(build=self.plan.build.name, is_online=self.is_allowed))

    def remove(self) -> None:
        """Start the job that removes it, once the user has agreed."""
        from embedding_lab.workflows.install_engine import RemoveEngine

        if self._context.asker.confirm(
            REMOVE,
            "Delete the engine for the graphics card? Everything runs on the processor from the "
            "next start on. It can be downloaded again.",
            "Remove",
            is_dangerous=True,
        ):
            self._start(RemoveEngine())

    def cancel(self) -> None:
        """Stop the job; what was downloaded is kept."""
        self._context.runner.cancel(self._job.run_id)

    def close(self) -> None:
        """Have no use for answers any more; a job goes on."""
        self._looking.drop()
        self._sizing.drop()

    def _start(self, job: Job[Any]) -> None:
        self.error = ""
        try:
            self._job.start(job)
        except LabError as error:
            self.error = str(error)
            self.changed.emit()

    def _take_over_running(self) -> None:
        """Follow a job that was started before the settings were closed and opened again."""
        from embedding_lab.workflows.install_engine import InstallEngine, RemoveEngine

        for entry in self._context.runner.live_entries():
            if isinstance(entry.job, InstallEngine | RemoveEngine):
                self._job.job, self._job.run_id = entry.job, entry.run_id

    def _on_looking_answered(self, state: dict[str, Any]) -> None:
        self.state = state
        self.changed.emit()

    def _on_sizing_answered(self, plan: EnginePlan) -> None:
        self.plan = plan
        self.changed.emit()

    def _on_inquiry_failed(self, event: JobFailed) -> None:
        self.error = f"{event.message} {event.hint}".strip()
        self.changed.emit()

    def _on_job_changed(self) -> None:
        if not self._job.is_running:
            failure = self._job.failure
            self.error = f"{failure.message} {failure.hint}".strip() if failure else ""
            self.plan = None if self._job.result else self.plan
            self.look()
        self.changed.emit()
