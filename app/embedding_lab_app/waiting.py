"""Waiting for the window's own event loop, for programs that drive it without a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QDeadlineTimer, QEventLoop, QTimer

from embedding_lab.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Callable

STEP_MS = 20


def wait_until(condition: Callable[[], bool], what: str, seconds: float) -> None:
    """Let the event loop run until ``condition`` holds.

    Raises
    ------
    LabError
        If it does not come true in time; ``what`` names it.
    """
    deadline = QDeadlineTimer(int(seconds * 1000))
    while not condition():
        if deadline.hasExpired():
            raise LabError(f"{what} did not happen within {seconds:.0f} seconds.")
        settle(STEP_MS)


def settle(milliseconds: int = 100) -> None:
    """Let the event loop run for a moment."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()
