"""A job: a frozen record of its inputs that knows how to do its work."""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from dataclasses import asdict, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from embedding_lab.errors import LabError

if TYPE_CHECKING:
    from embedding_lab.jobs.context import JobContext

WorkspaceT = TypeVar("WorkspaceT")

# Records name the class to continue; only classes from here are ever imported for that.
TRUSTED_PREFIX = "embedding_lab.workflows."


class Lane(StrEnum):
    """Which queue a job waits in.

    ``COMPUTE`` runs one job at a time, ``IO`` at most two. ``INTERACTIVE`` is for work a person
    waits for while typing; it runs beside a compute job and takes turns with it batch by batch.
    """

    COMPUTE = "compute"
    IO = "io"
    INTERACTIVE = "interactive"


class Job(ABC, Generic[WorkspaceT]):
    """Base of all jobs. Subclasses are frozen dataclasses whose fields are JSON values.

    Class attributes
    ----------------
    lane : Lane
        The queue the job waits in.
    is_recorded : bool
        Whether runs are kept in the workspace's history. A search while typing is not.
    needs_writing : bool
        Whether the job changes the workspace, and so cannot run in a read-only one.
    """

    lane: ClassVar[Lane] = Lane.COMPUTE
    is_recorded: ClassVar[bool] = True
    needs_writing: ClassVar[bool] = True

    @property
    @abstractmethod
    def title(self) -> str:
        """What the job does, in a few words for the Jobs strip: ``Embedding scifact``."""

    def require_possible(self, workspace: WorkspaceT) -> None:
        """Raise a :class:`LabError` if it is known beforehand that the job must fail.

        It is asked before a new run is recorded; must be quick, and load nothing heavy.
        """

    @abstractmethod
    def run(self, ctx: JobContext[WorkspaceT]) -> dict[str, Any]:
        """Do the work and return the result as a JSON object.

        Call ``ctx.check()`` or ``ctx.progress()`` at least once a second: cancelling is only as
        quick as the longest stretch without one.
        """

    def to_record(self) -> dict[str, Any]:
        """Return the job as a JSON object from which :func:`job_from_record` makes it again."""
        cls = type(self)
        inputs = asdict(self)  # type: ignore[call-overload]
        return {
            "target": f"{cls.__module__}:{cls.__qualname__}",
            "title": self.title,
            "inputs": inputs,
        }


def job_from_record(record: dict[str, Any]) -> Job[Any]:
    """Make a job from what :meth:`Job.to_record` returned.

    Raises
    ------
    LabError
        If the record names no job of this version of the program.
    """
    module_name, _, class_name = str(record.get("target", "")).partition(":")
    if not module_name.startswith(TRUSTED_PREFIX):
        raise LabError(f"The job record names {module_name or 'no job'}, which is no job.")
    try:
        cls = getattr(importlib.import_module(module_name), class_name)
        known = {item.name for item in fields(cls)}
        inputs = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in record["inputs"].items()
            if name in known
        }
        job = cls(**inputs)
    except (ImportError, AttributeError, KeyError, TypeError) as error:
        raise LabError(
            f"This version of the program cannot continue {record.get('title', class_name)!r}.",
            hint="Start it anew.",
        ) from error
    if not isinstance(job, Job):
        raise LabError(f"The job record names {class_name}, which is no job.")
    return job
