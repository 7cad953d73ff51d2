"""Closing a workspace while jobs run: ask, cancel, wait visibly, and never kill a thread."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QDialog, QWidget

from embedding_lab_app.shell.session import Session
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import column
from embedding_lab_app.widgets.wording import listed

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent

    from embedding_lab_app.context import AppContext

LOOK_EVERY_MS = 50
EXPECTED_S = 5


class ClosingDialog(QDialog):
    """Counts down while cancelled jobs come to their end, and closes itself then."""

    def __init__(self, context: AppContext, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Closing")
        self._runner = context.runner
        self._started = time.monotonic()
        self.label = Label("", wraps=True)
        self.label.setMinimumWidth(360)
        self.setLayout(column(self.label, margins=24))
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self._timer.start(LOOK_EVERY_MS)
        self._look()

    @classmethod
    def settle(cls, context: AppContext, parent: QWidget) -> bool:
        """Deal with live jobs; return whether the workspace may be closed now."""
        live = context.runner.live_entries()
        if live:
            names = listed([entry.job.title for entry in live])
            is_one = len(live) == 1
            if not context.asker.confirm(
                "Jobs are running",
                f"{names} {'is' if is_one else 'are'} not done yet. Closing stops "
                f"{'it' if is_one else 'them'}; what is done is kept, and the next start offers "
                "to go on.",
                "Stop and close",
                otherwise="Stay here",
            ):
                return False
            stopped = [entry.run_id for entry in live if entry.folder is not None]
            Session(context.workspace.id).leave_jobs(stopped)
        context.runner.cancel_all()
        if context.runner.has_live_jobs:
            dialog = cls(context, parent)
            dialog.exec()
            dialog.deleteLater()
        return True

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stay until the jobs have ended: a running thread must not be destroyed."""
        if self._runner.has_live_jobs:
            event.ignore()

    def reject(self) -> None:
        """Ignore Escape for the same reason."""

    def _look(self) -> None:
        if not self._runner.has_live_jobs:
            self._timer.stop()
            self.accept()
            return
        left = EXPECTED_S - int(time.monotonic() - self._started)
        waiting = f"about {left} s" if left > 0 else "a little longer than usual"
        self.label.setText(f"Waiting for the running job to stop: {waiting}.")
