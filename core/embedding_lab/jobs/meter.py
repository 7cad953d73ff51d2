"""Rate and time left of a job, from its progress events."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from embedding_lab.jobs.events import JobProgressed

WINDOW_S = 15.0


@dataclass(frozen=True)
class Pace:
    """How fast a job goes. ``rate`` is units a second; ``None`` where it cannot be known yet."""

    rate: float | None
    seconds_left: float | None


class ProgressMeter:
    """Averages over the last quarter of a minute, so that a pause or a slow start is forgotten."""

    def __init__(self) -> None:
        self._points: deque[tuple[float, int]] = deque()

    def update(self, event: JobProgressed) -> Pace:
        """Take one progress event and return the pace so far."""
        if self._points and event.step < self._points[-1][1]:
            self._points.clear()
        # What comes before the first unit, as loading an engine does, happens once.
        if self._points and self._points[-1][1] == 0:
            self._points.clear()
        self._points.append((event.at, event.step))
        while len(self._points) > 2 and event.at - self._points[1][0] > WINDOW_S:
            self._points.popleft()
        seconds = event.at - self._points[0][0]
        steps = event.step - self._points[0][1]
        if seconds < 0.2 or steps <= 0:
            return Pace(rate=None, seconds_left=None)
        rate = steps / seconds
        left = (event.total - event.step) / rate if event.total else None
        return Pace(rate=rate, seconds_left=left)


def describe_progress(event: JobProgressed, pace: Pace) -> str:
    """Return one line such as ``3,120 / 5,183 rows · 212 rows/s · 10 s left``."""
    parts = []
    if event.message:
        parts.append(event.message)
    # What comes before the first unit, such as loading an engine, is told by its message alone.
    if event.step or event.total or not event.message:
        done = f"{event.step:,}" + (f" / {event.total:,}" if event.total else "")
        parts.append(f"{done} {event.unit}")
    if pace.rate is not None:
        parts.append(
            f"{pace.rate:,.0f} {event.unit}/s"
            if pace.rate >= 10
            else f"{pace.rate:.1f} {event.unit}/s"
        )
    if pace.seconds_left is not None:
        parts.append(f"{describe_seconds(pace.seconds_left)} left")
    return " · ".join(parts)


def describe_seconds(seconds: float) -> str:
    """Return a duration in the two units that matter: ``12 s``, ``3 min 5 s``, ``2 h 10 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
