"""Cyclic garbage is collected in the window's own thread alone.

Python collects wherever a threshold is passed, and that may be a job's thread: what it destroys
there can be an item that the window is just painting, which ends the program. So the collector is
turned off, and a timer of the window's thread does what it would have done.
"""

from __future__ import annotations

import gc
import time

from PySide6.QtCore import QObject, QTimer

EVERY_MS = 200
# Looking at everything takes tens of milliseconds, in which nothing is drawn.
FULL_EVERY_S = 30.0


class GarbageCollector(QObject):
    """Collects what the interpreter would have collected, a few times a second."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._last_full = time.monotonic()
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self._on_timer_timeout)
        self._timer.start()

    def _on_timer_timeout(self) -> None:
        """Collect the oldest generation that is due, which takes the younger ones with it."""
        counts, thresholds = gc.get_count(), gc.get_threshold()
        now = time.monotonic()
        if counts[2] > thresholds[2] and now - self._last_full > FULL_EVERY_S:
            self._last_full = now
            gc.collect()
        elif counts[1] > thresholds[1]:
            gc.collect(1)
        elif counts[0] > thresholds[0]:
            gc.collect(0)
