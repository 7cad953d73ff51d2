"""What a job tells the world: the same records for window, command line and log."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class JobState(StrEnum):
    """Where a run stands. ``INTERRUPTED``: found running although nobody holds the workspace."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"
    INTERRUPTED = "interrupted"

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen to the run by itself."""
        return self not in {JobState.QUEUED, JobState.RUNNING, JobState.PAUSED}

    @property
    def can_continue(self) -> bool:
        """Whether the run can be started again from where it stopped."""
        return self in {JobState.CANCELLED, JobState.FAILED, JobState.INTERRUPTED}


@dataclass(frozen=True, kw_only=True)
class Event:
    """Base of all events. ``at`` is seconds since the epoch."""

    at: float = field(default_factory=time.time)

    def to_record(self) -> dict[str, Any]:
        """Return the event as a JSON object with its class name under ``event``."""
        return {"event": type(self).__name__, **asdict(self)}


@dataclass(frozen=True, kw_only=True)
class JobStarted(Event):
    """The job begins, or goes on where an earlier attempt stopped."""

    title: str
    is_continued: bool = False


@dataclass(frozen=True, kw_only=True)
class JobProgressed(Event):
    """``step`` of ``total`` units (``unit`` names them) are done; ``total`` 0 means not known."""

    step: int
    total: int
    unit: str = "rows"
    message: str = ""
    metrics: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class PartialResult(Event):
    """Something worth showing before the end; plain data or read-only arrays."""

    value: Any

    def to_record(self) -> dict[str, Any]:
        """Return the event without its value, which need not be JSON."""
        return {"event": type(self).__name__, "at": self.at}


@dataclass(frozen=True, kw_only=True)
class JobLogged(Event):
    """One line for the job's log. ``level`` is ``info`` or ``warning``."""

    message: str
    level: str = "info"


@dataclass(frozen=True, kw_only=True)
class Checkpointed(Event):
    """A checkpoint for ``step`` was written."""

    step: int


@dataclass(frozen=True, kw_only=True)
class JobCompleted(Event):
    """The end of a job that succeeded; ``result`` is a JSON object."""

    result: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class JobCancelled(Event):
    """The end of a job that was cancelled."""


@dataclass(frozen=True, kw_only=True)
class JobFailed(Event):
    """The end of a job that failed: a plain sentence, what to do, and folded details."""

    message: str
    hint: str = ""
    details: str = ""


TerminalEvent = JobCompleted | JobCancelled | JobFailed
STATE_AFTER: dict[type[Event], JobState] = {
    JobStarted: JobState.RUNNING,
    JobCompleted: JobState.COMPLETED,
    JobCancelled: JobState.CANCELLED,
    JobFailed: JobState.FAILED,
}
