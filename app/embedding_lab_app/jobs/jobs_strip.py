"""The strip along the bottom: what runs now, how fast, how long still."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from embedding_lab.jobs.events import JobState
from embedding_lab_app.jobs.job_bar import JobBar
from embedding_lab_app.widgets.buttons import Button, IconButton
from embedding_lab_app.widgets.labels import ElidedLabel
from embedding_lab_app.widgets.layout import row
from embedding_lab_app.widgets.surfaces import Surface

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from embedding_lab_app.jobs.entry import JobEntry
    from embedding_lab_app.jobs.runner import JobRunner
    from embedding_lab_app.theme import Theme


class JobsStrip(Surface):
    """Shows the first live job with pause and cancel, and how many more there are."""

    panel_requested = Signal()

    def __init__(self, runner: JobRunner, theme: Theme, parent: QWidget | None = None) -> None:
        self._runner = runner
        self._run_id = ""
        self.line = ElidedLabel("No job is running", "muted")
        self.bar = JobBar("Progress of the running job")
        self.bar.setFixedWidth(160)
        self.pause_button = IconButton(theme, "pause", "Pause the job", self._toggle_pause)
        self.cancel_button = IconButton(theme, "x", "Cancel the job", self._cancel)
        self.more_button = Button("Jobs", kind="link")
        layout = row(
            self.line,
            self.bar,
            self.pause_button,
            self.cancel_button,
            self.more_button,
            margins=(16, 4, 16, 4),
        )
        layout.setStretch(0, 1)
        super().__init__("strip", layout, parent)
        self.setAccessibleName("Running jobs")
        self.setFixedHeight(40)
        self.more_button.clicked.connect(self.panel_requested)
        runner.job_changed.connect(self._on_job_changed)
        self._show(None, 0)

    def _on_job_changed(self, _run_id: str) -> None:
        live = self._runner.live_entries()
        self._show(live[0] if live else None, len(live))

    def _show(self, entry: JobEntry | None, n_live: int) -> None:
        is_busy = entry is not None
        for widget in (self.bar, self.pause_button, self.cancel_button):
            widget.setVisible(is_busy)
        self.more_button.setText(f"{n_live - 1} more" if n_live > 1 else "Jobs")
        self.line.set_kind("" if is_busy else "muted")
        if entry is None:
            self._run_id = ""
            self.line.setText("No job is running")
            return
        self._run_id = entry.run_id
        self.line.setText("Cancelling…" if entry.token.is_cancelled else entry.line())
        self.bar.show_entry(entry)
        self.cancel_button.setEnabled(not entry.token.is_cancelled)
        self.pause_button.setEnabled(entry.state is JobState.RUNNING)
        if entry.token.is_paused:
            self.pause_button.set_icon("play", "Continue the job")
        else:
            self.pause_button.set_icon("pause", "Pause the job")

    def _toggle_pause(self) -> None:
        self._runner.toggle_pause(self._run_id)

    def _cancel(self) -> None:
        self._runner.cancel(self._run_id)
