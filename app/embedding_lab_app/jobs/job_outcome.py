"""A followed job where it was started: its progress, then what went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from embedding_lab_app.jobs.job_card import JobCard
from embedding_lab_app.widgets.layout import column
from embedding_lab_app.widgets.surfaces import ErrorBox

if TYPE_CHECKING:
    from embedding_lab_app.jobs.followed import FollowedJob
    from embedding_lab_app.jobs.runner import JobRunner


class JobOutcome(QWidget):
    """Takes no room while there is nothing to tell."""

    def __init__(self, runner: JobRunner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.job_card = JobCard(runner)
        self.error = ErrorBox()
        self.setLayout(column(self.job_card, self.error))
        self.hide()

    def show_job(self, followed: FollowedJob | None) -> None:
        """Show how a job stands, or nothing."""
        failure = followed.failure if followed is not None else None
        run_id = followed.run_id if followed is not None else ""
        self.job_card.follow(run_id)
        self.error.say(*((failure.message, failure.hint, failure.details) if failure else ("",)))
        self.setVisible(bool(run_id) or failure is not None)
