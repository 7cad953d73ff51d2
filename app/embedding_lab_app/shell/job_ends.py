"""Telling that a long job ended to somebody who is looking at another window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from embedding_lab.jobs.events import JobCompleted, JobFailed, JobStarted
from embedding_lab_app.shell.desktop_message import DesktopMessage

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from embedding_lab.jobs.events import Event
    from embedding_lab_app.context import AppContext

LONG_S = 20


class JobEnds(QObject):
    """Marks the window in the taskbar, and sends a message unless the user does not want any."""

    def __init__(self, context: AppContext, window: QWidget) -> None:
        super().__init__(window)
        self._context, self._window = context, window
        self.message = DesktopMessage(context.theme.icon("cube", "accent"), self)
        self._started: dict[str, float] = {}
        context.runner.event_received.connect(self._on_runner_event_received)
        context.runner.job_ended.connect(self._on_runner_job_ended)

    def _on_runner_event_received(self, run_id: str, event: Event) -> None:
        if isinstance(event, JobStarted):
            self._started[run_id] = event.at

    def _on_runner_job_ended(self, run_id: str, event: Event) -> None:
        started = self._started.pop(run_id, event.at)
        entry = self._context.runner.entry(run_id)
        is_long = event.at - started >= LONG_S
        if entry is None or not entry.is_shown or not is_long or self._window.isActiveWindow():
            return
        # What the user cancelled is no news.
        if isinstance(event, JobCompleted):
            text = "Done."
        elif isinstance(event, JobFailed):
            text = event.message
        else:
            return
        QApplication.alert(self._window)
        if self._context.settings.notify_job_ends:
            self.message.show(entry.job.title, text)
