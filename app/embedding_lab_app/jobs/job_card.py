"""One job shown where it was started: what it does, how far it is, pause and cancel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab.jobs.events import JobState
from embedding_lab_app.jobs.job_bar import JobBar
from embedding_lab_app.widgets.buttons import Button
from embedding_lab_app.widgets.labels import ElidedLabel, Label
from embedding_lab_app.widgets.layout import column, row
from embedding_lab_app.widgets.surfaces import Surface

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from embedding_lab_app.jobs.entry import JobEntry
    from embedding_lab_app.jobs.runner import JobRunner


class JobCard(Surface):
    """Follows one run of the runner and hides itself when that has ended."""

    def __init__(self, runner: JobRunner, parent: QWidget | None = None) -> None:
        self._runner = runner
        self.run_id = ""
        self.title = Label("", "heading")
        self.line = ElidedLabel("", "muted")
        self.bar = JobBar("Progress")
        self.pause_button = Button("Pause", self._toggle_pause)
        self.cancel_button = Button("Cancel", self._cancel)
        words = column(self.title, self.line, spacing=4)
        top = row(words, self.pause_button, self.cancel_button)
        top.setStretch(0, 1)
        super().__init__("card", column(top, self.bar, margins=16, spacing=12), parent)
        runner.job_changed.connect(self._on_runner_job_changed)
        self.hide()

    def follow(self, run_id: str) -> None:
        """Show another run, or none."""
        self.run_id = run_id
        self._on_runner_job_changed(run_id)

    def _on_runner_job_changed(self, run_id: str) -> None:
        if run_id == self.run_id:
            self._show(self._runner.entry(run_id))

    def _show(self, entry: JobEntry | None) -> None:
        is_live = entry is not None and not entry.state.is_final
        self.setVisible(is_live)
        if entry is None or not is_live:
            return
        self.title.setText(entry.job.title)
        self.bar.setAccessibleName(f"Progress of {entry.job.title}")
        self.line.setText("Cancelling…" if entry.token.is_cancelled else entry.details())
        self.cancel_button.setEnabled(not entry.token.is_cancelled)
        self.pause_button.setEnabled(entry.state is JobState.RUNNING)
        self.pause_button.setText("Continue" if entry.token.is_paused else "Pause")
        self.bar.show_entry(entry)

    def _toggle_pause(self) -> None:
        self._runner.toggle_pause(self.run_id)

    def _cancel(self) -> None:
        self._runner.cancel(self.run_id)
