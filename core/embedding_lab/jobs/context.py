"""What a running job may do: report, check for cancellation, and leave checkpoints."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic

from embedding_lab.jobs.events import Checkpointed, JobLogged, JobProgressed, PartialResult
from embedding_lab.jobs.job import WorkspaceT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from embedding_lab.jobs.cancellation import CancellationToken
    from embedding_lab.jobs.events import Event

    Sink = Callable[[Event], None]

CHECKPOINTS_KEPT = 3


@dataclass(frozen=True)
class Checkpoint:
    """A complete checkpoint of an earlier attempt."""

    step: int
    folder: Path


class JobContext(Generic[WorkspaceT]):
    """Handed to :meth:`Job.run`.

    Attributes
    ----------
    workspace
        What the job works on.
    folder : Path
        The run's own folder; what is left there survives the run.
    resume_from : Checkpoint or None
        The newest checkpoint of an earlier attempt at the same run.
    is_continued : bool
        Whether an earlier attempt at the same run was cut short.
    """

    def __init__(
        self,
        workspace: WorkspaceT,
        folder: Path,
        token: CancellationToken,
        sink: Sink,
        *,
        is_continued: bool = False,
    ) -> None:
        self.workspace = workspace
        self.folder = folder
        self.is_continued = is_continued
        self.resume_from = latest_checkpoint(folder) if is_continued else None
        self._token = token
        self._sink = sink

    def check(self) -> None:
        """Wait while paused; raise ``Cancelled`` if the job was cancelled."""
        self._token.check()

    def progress(
        self, step: int, total: int, message: str = "", *, unit: str = "rows", **metrics: float
    ) -> None:
        """Report that ``step`` of ``total`` units are done, then :meth:`check`."""
        self._sink(
            JobProgressed(step=step, total=total, unit=unit, message=message, metrics=metrics)
        )
        self._token.check()

    def partial(self, value: Any) -> None:
        """Hand out a result worth showing before the end (plain data or a read-only array)."""
        self._sink(PartialResult(value=value))

    def log(self, message: str, *, level: str = "info") -> None:
        """Write one line to the job's log."""
        self._sink(JobLogged(message=message, level=level))

    def checkpoint(self, step: int, save: Callable[[Path], None]) -> None:
        """Write a checkpoint that is either whole or absent, and drop all but the newest three.

        Parameters
        ----------
        step : int
            The step from which the job would go on.
        save : callable
            Writes its files into the empty folder it is given.
        """
        parent = self.folder / "checkpoints"
        final = parent / f"step-{step:09d}"
        temporary = final.with_suffix(".tmp")
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        save(temporary)
        for file in temporary.rglob("*"):
            if file.is_file():
                with file.open("rb+") as handle:
                    os.fsync(handle.fileno())
        shutil.rmtree(final, ignore_errors=True)
        temporary.replace(final)
        for old in _complete_checkpoints(parent)[:-CHECKPOINTS_KEPT]:
            shutil.rmtree(old, ignore_errors=True)
        self._sink(Checkpointed(step=step))


def latest_checkpoint(run_folder: Path) -> Checkpoint | None:
    """Return the newest complete checkpoint below a run's folder, if there is one."""
    complete = _complete_checkpoints(run_folder / "checkpoints")
    if not complete:
        return None
    return Checkpoint(step=int(complete[-1].name.removeprefix("step-")), folder=complete[-1])


def _complete_checkpoints(parent: Path) -> list[Path]:
    return sorted(folder for folder in parent.glob("step-*") if folder.suffix != ".tmp")
