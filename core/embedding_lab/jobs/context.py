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
        try:
            save(temporary)
            for file in temporary.rglob("*"):
                if file.is_file():
                    with file.open("rb+") as handle:
                        os.fsync(handle.fileno())
            shutil.rmtree(final, ignore_errors=True)
            temporary.replace(final)
        except BaseException:
            # Half a checkpoint would only fill the disk further.
            shutil.rmtree(temporary, ignore_errors=True)
            raise
        for old in complete_checkpoints(self.folder)[:-CHECKPOINTS_KEPT]:
            shutil.rmtree(old.folder, ignore_errors=True)
        self._sink(Checkpointed(step=step))

    def forget_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Delete a checkpoint, such as one that turned out to be damaged."""
        shutil.rmtree(checkpoint.folder, ignore_errors=True)

    def forget_checkpoints(self) -> None:
        """Delete all checkpoints, once what they were for is saved."""
        shutil.rmtree(self.folder / "checkpoints", ignore_errors=True)


def latest_checkpoint(run_folder: Path) -> Checkpoint | None:
    """Return the newest complete checkpoint below a run's folder, if there is one."""
    return next(reversed(complete_checkpoints(run_folder)), None)


def complete_checkpoints(run_folder: Path) -> list[Checkpoint]:
    """Return the complete checkpoints below a run's folder, oldest first."""
    folders = (run_folder / "checkpoints").glob("step-*")
    whole = sorted(folder for folder in folders if folder.suffix != ".tmp")
    return [Checkpoint(int(folder.name.removeprefix("step-")), folder) for folder in whole]
