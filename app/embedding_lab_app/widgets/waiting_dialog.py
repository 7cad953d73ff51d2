"""A piece of work that must end before the window can go on, without the window standing still."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QThread, QTimer
from PySide6.QtWidgets import QDialog, QProgressBar, QWidget

from embedding_lab_app.widgets.buttons import Button
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import column, row

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QCloseEvent

    Work = Callable[["Progress"], object]

LOOK_EVERY_MS = 50
STEPS = 1000


class StoppedError(Exception):
    """The user thought better of it."""


class Progress:
    """What the work tells the dialog, and the dialog the work."""

    def __init__(self) -> None:
        self.share = 0.0
        self.is_stopped = False

    def check(self) -> None:
        """Raise :class:`StoppedError` if the user wants it to end."""
        if self.is_stopped:
            raise StoppedError

    def tell(self, done: int, total: int) -> None:
        """Say how much is done."""
        self.share = done / total if total else 1.0


class WaitingDialog(QDialog):
    """Shows a sentence and how far it is; closes itself at the end.

    Parameters
    ----------
    sentence : str
        What is being done.
    work : callable
        Runs in a thread of its own; tells its progress to what it is given.
    parent : QWidget, optional
        The window that waits.
    """

    def __init__(self, sentence: str, work: Work, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle("One moment")
        self.progress = Progress()
        self._thread = _WorkThread(work, self.progress, self)
        label = Label(sentence, wraps=True)
        label.setMinimumWidth(400)
        self.bar = QProgressBar()
        self.bar.setRange(0, STEPS)
        self.bar.setTextVisible(False)
        self.stop_button = Button("Cancel", self._stop)
        buttons = row(None, self.stop_button)
        self.setLayout(column(label, self.bar, buttons, spacing=12, margins=24))
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)

    @classmethod
    def wait_for(cls, sentence: str, work: Work, parent: QWidget | None) -> None:
        """Show the dialog until the work has ended; raise what it raised."""
        dialog = cls(sentence, work, parent)
        dialog.start()
        dialog.exec()
        error = dialog.error
        dialog.deleteLater()
        if error is not None:
            raise error

    @property
    def error(self) -> Exception | None:
        """What the work raised."""
        return self._thread.error

    def start(self) -> None:
        """Begin."""
        self._thread.start()
        self._timer.start(LOOK_EVERY_MS)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stay until the work has ended: a running thread must not be destroyed."""
        if self._thread.isRunning():
            self._stop()
            event.ignore()

    def reject(self) -> None:
        """Escape asks the work to end."""
        self._stop()

    def _stop(self) -> None:
        self.progress.is_stopped = True
        self.stop_button.setEnabled(False)

    def _look(self) -> None:
        self.bar.setValue(int(self.progress.share * STEPS))
        if self._thread.isFinished():
            self._timer.stop()
            self.done(QDialog.DialogCode.Accepted.value)


class _WorkThread(QThread):
    def __init__(self, work: Work, progress: Progress, parent: QWidget) -> None:
        super().__init__(parent)
        self.error: Exception | None = None
        self._work = work
        self._progress = progress

    def run(self) -> None:
        try:
            self._work(self._progress)
        except Exception as error:  # noqa: BLE001 - it is raised again where it is waited for
            self.error = error
