"""The record of runs: one folder each, readable without the program.

A run's folder holds ``job.json`` (the inputs), ``events.jsonl`` (what was reported), ``state.json``
(where it stands), ``result.json`` and ``checkpoints/``.
"""

from __future__ import annotations

import logging
import secrets
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from embedding_lab.errors import LabError, UsageError, WorkspaceError
from embedding_lab.jobs.events import (
    STATE_AFTER,
    Event,
    JobCompleted,
    JobFailed,
    JobProgressed,
    JobState,
    PartialResult,
)
from embedding_lab.jobs.job import Job, job_from_record
from embedding_lab.storage import append_json_line, read_json, read_json_lines, write_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

log = logging.getLogger(__name__)

EVENTS_FILE = "events.jsonl"
PROGRESS_EVERY_S = 1.0


@dataclass(frozen=True)
class RunRecord:
    """One run as its folder tells it."""

    id: str
    folder: Path
    title: str
    state: JobState
    created: float
    step: int = 0
    total: int = 0
    unit: str = "rows"
    message: str = ""
    hint: str = ""
    job: dict[str, Any] = field(default_factory=dict)

    def load_job(self) -> Job[Any]:
        """Return the job itself, ready to run again."""
        return job_from_record(self.job)

    def events(self) -> Iterator[dict[str, Any]]:
        """Yield the recorded events, oldest first."""
        return iter(read_json_lines(self.folder / EVENTS_FILE))

    def result(self) -> dict[str, Any] | None:
        """Return the result of a completed run."""
        path = self.folder / "result.json"
        return dict(read_json(path)) if path.exists() else None


def create_run(runs_folder: Path, job: Job[Any]) -> Path:
    """Make the folder of a new run and write the job into it."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    folder = runs_folder / f"{stamp}-{secrets.token_hex(3)}"
    folder.mkdir(parents=True)
    write_json(folder / "job.json", {**job.to_record(), "created": time.time()})
    write_json(folder / "state.json", {"state": JobState.QUEUED})
    return folder


class RunRecorder:
    """A sink that keeps a run's folder up to date. Progress is written at most once a second."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._last_progress = 0.0
        self._state: dict[str, Any] = {"state": JobState.QUEUED}

    def __call__(self, event: Event) -> None:
        """Record one event. A full disk is logged; it must not hide how the job ended."""
        if isinstance(event, PartialResult):
            return
        if isinstance(event, JobProgressed):
            if event.at - self._last_progress < PROGRESS_EVERY_S:
                return
            self._last_progress = event.at
        try:
            self._write(event)
        except OSError:
            log.exception("cannot record %s in %s", type(event).__name__, self._folder)

    def _write(self, event: Event) -> None:
        append_json_line(self._folder / EVENTS_FILE, event.to_record())
        if isinstance(event, JobProgressed):
            self._state |= {"step": event.step, "total": event.total, "unit": event.unit}
        elif isinstance(event, JobFailed):
            self._state |= {"message": event.message, "hint": event.hint}
        elif isinstance(event, JobCompleted):
            write_json(self._folder / "result.json", event.result)
        state = STATE_AFTER.get(type(event))
        if state is not None:
            self._state["state"] = state
        write_json(self._folder / "state.json", self._state, durable=state is not None)


def list_runs(runs_folder: Path) -> list[RunRecord]:
    """Return all runs, newest first, leaving out folders that hold no readable record."""
    records = []
    for folder in runs_folder.glob("*-*"):
        try:
            records.append(read_run(folder))
        except (LabError, OSError):
            log.warning("the run folder %s holds no readable record", folder)
    # Folder names tell the second only; several short jobs may share one.
    return sorted(records, key=lambda record: record.created, reverse=True)


def find_run(runs_folder: Path, run_id: str) -> RunRecord:
    """Return the run whose id is, or uniquely begins with, ``run_id``.

    Raises
    ------
    UsageError
        If no run, or more than one, fits.
    """
    fitting = [record for record in list_runs(runs_folder) if record.id.startswith(run_id)]
    exact = [record for record in fitting if record.id == run_id]
    if len(exact or fitting) != 1:
        found = "No job" if not fitting else "More than one job"
        raise UsageError(
            f"{found} has the id {run_id}.", hint="`embedding-lab jobs list` names them all."
        )
    return (exact or fitting)[0]


def read_run(folder: Path) -> RunRecord:
    """Return the record in one run's folder.

    Raises
    ------
    WorkspaceError
        If it is damaged.
    """
    job = read_json(folder / "job.json")
    state = read_json(folder / "state.json")
    try:
        return RunRecord(
            id=folder.name,
            folder=folder,
            title=str(job["title"]),
            state=JobState(state["state"]),
            created=float(job["created"]),
            step=int(state.get("step", 0)),
            total=int(state.get("total", 0)),
            unit=str(state.get("unit", "rows")),
            message=str(state.get("message", "")),
            hint=str(state.get("hint", "")),
            job=job,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise WorkspaceError(f"The record of the job {folder.name} is damaged.") from error


def mark_interrupted(runs_folder: Path) -> list[RunRecord]:
    """Mark runs that claim to be running although nobody can be running them.

    Called by whoever has just taken the workspace's lock; returns the runs it marked. A full disk
    is logged; it must not keep the workspace from being opened.
    """
    marked = []
    for record in list_runs(runs_folder):
        if not record.state.is_final:
            state = read_json(record.folder / "state.json") | {"state": JobState.INTERRUPTED}
            try:
                write_json(record.folder / "state.json", state)
            except OSError:
                log.exception("cannot mark %s as interrupted", record.folder)
            marked.append(replace(record, state=JobState.INTERRUPTED))
    return marked
