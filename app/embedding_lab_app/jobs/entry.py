"""What the window knows of a job that is waiting, running or just ended."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from embedding_lab.jobs.cancellation import CancellationToken
from embedding_lab.jobs.events import STATE_AFTER, Event, JobProgressed, JobState
from embedding_lab.jobs.meter import Pace, ProgressMeter, describe_progress

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.jobs.job import Job


@dataclass
class JobEntry:
    """One submitted job. ``owner`` groups interactive jobs, of which only the newest matters."""

    run_id: str
    job: Job[Any]
    folder: Path | None = None
    owner: object = None
    is_continued: bool = False
    token: CancellationToken = field(default_factory=CancellationToken)
    state: JobState = JobState.QUEUED
    progress: JobProgressed | None = None
    pace: Pace = field(default_factory=lambda: Pace(rate=None, seconds_left=None))
    submitted: float = field(default_factory=time.time)
    _meter: ProgressMeter = field(default_factory=ProgressMeter)

    @property
    def is_shown(self) -> bool:
        """Whether strip and panel show it; a search while typing is not worth a line."""
        return self.job.is_recorded

    def take(self, event: Event) -> None:
        """Bring the entry up to date with one event."""
        if isinstance(event, JobProgressed):
            self.progress = event
            self.pace = self._meter.update(event)
        self.state = STATE_AFTER.get(type(event), self.state)

    def line(self) -> str:
        """Return what the strip says: title, done and total, rate, time left."""
        return " · ".join(part for part in (self.job.title, self.details()) if part)

    def details(self) -> str:
        """Return the line without the title."""
        if self.state is JobState.QUEUED:
            return "waiting"
        parts = ["paused"] if self.token.is_paused else []
        if self.progress is not None:
            parts.append(describe_progress(self.progress, self.pace))
        return " · ".join(parts)
