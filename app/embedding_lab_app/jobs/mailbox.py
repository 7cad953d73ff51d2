"""Events on their way from worker threads to the window."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from embedding_lab.jobs.events import JobProgressed

if TYPE_CHECKING:
    from embedding_lab.jobs.events import Event


class Mailbox:
    """Keeps every event in order, but of each run only the newest progress.

    A job may report a hundred thousand times a second; the window looks 25 times a second and
    has to draw only the last one.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._events: list[tuple[str, Event]] = []
        self._progress: dict[str, JobProgressed] = {}

    def post(self, run_id: str, event: Event) -> None:
        """Add an event; called from the thread of the job."""
        with self._lock:
            if isinstance(event, JobProgressed):
                self._progress[run_id] = event
                return
            progress = self._progress.pop(run_id, None)
            if progress is not None:
                self._events.append((run_id, progress))
            self._events.append((run_id, event))

    def drain(self) -> list[tuple[str, Event]]:
        """Take everything out, in order; called from the window's thread."""
        with self._lock:
            events = self._events
            events.extend(self._progress.items())
            self._events, self._progress = [], {}
        return events
