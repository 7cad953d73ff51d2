"""The progress of one job as a bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QProgressBar, QWidget

from embedding_lab_app.motion import is_motion_reduced

if TYPE_CHECKING:
    from embedding_lab_app.jobs.entry import JobEntry

STEPS = 1000


class JobBar(QProgressBar):
    """Fills up with the job; wanders to and fro while its length is not known, if it may move."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextVisible(False)
        self.setAccessibleName(name)

    def show_entry(self, entry: JobEntry) -> None:
        """Show how far a job is."""
        done = entry.progress
        if done is not None and done.total:
            self.setRange(0, STEPS)
            self.setValue(min(STEPS, STEPS * done.step // done.total))
        elif is_motion_reduced():
            self.setRange(0, STEPS)
            self.setValue(0)
        else:
            # A bar without a range is Qt's way to say: busy, length unknown.
            self.setRange(0, 0)
