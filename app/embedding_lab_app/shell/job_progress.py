"""How far the longest job is, in the title of the window and on its icon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from embedding_lab_app.shell.launcher_entry import LauncherEntry

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from embedding_lab_app.jobs.entry import JobEntry
    from embedding_lab_app.jobs.runner import JobRunner


class JobProgress(QObject):
    """Writes the window's title."""

    def __init__(self, runner: JobRunner, window: QWidget) -> None:
        super().__init__(window)
        self._runner, self._window = runner, window
        self._launcher = LauncherEntry()
        self._name = ""
        self._percent: int | None = None
        runner.job_changed.connect(self._on_runner_job_changed)

    def show_name(self, name: str) -> None:
        """Put the name of a workspace into the title."""
        self._name = name
        self._write()

    def _on_runner_job_changed(self, _run_id: str) -> None:
        percent = percent_of_longest(self._runner.live_entries())
        if percent != self._percent:
            self._percent = percent
            self._launcher.show(percent)
            self._write()

    def _write(self) -> None:
        done = f"{self._percent} % · " if self._percent is not None else ""
        self._window.setWindowTitle(f"{done}{self._name} - Embedding Lab")


def percent_of_longest(entries: list[JobEntry]) -> int | None:
    """Return how far the job is that has the longest way to go; ``None`` if nobody knows."""
    known = [entry for entry in entries if entry.progress is not None and entry.progress.total > 0]
    longest = max(known, key=lambda entry: entry.pace.seconds_left or 0.0, default=None)
    if longest is None or longest.progress is None:
        return None
    return min(100, 100 * longest.progress.step // longest.progress.total)
