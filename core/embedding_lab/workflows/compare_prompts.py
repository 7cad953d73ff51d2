"""Comparing two saved prompt sets item by item."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from embedding_lab.jobs.job import Job, Lane
from embedding_lab.prompts.comparison import compare_experiments
from embedding_lab.prompts.experiments import ExperimentStore
from embedding_lab.workspace.workspace import Workspace

if TYPE_CHECKING:
    from embedding_lab.jobs.context import JobContext


@dataclass(frozen=True)
class ComparePrompts(Job[Workspace]):
    """Compare two saved zero-shot tests of one corpus: the second with the first.

    Attributes
    ----------
    first, second : str
        Names or ids of experiments.
    mode : str
        Which predictions: ``mean``, ``vote``, ``calibrated``, ``examples`` or ``mixed``.
    seed : int
        For the bootstrap.
    """

    first: str
    second: str
    mode: str = "mean"
    seed: int = 0
    lane: ClassVar[Lane] = Lane.IO
    is_recorded: ClassVar[bool] = False
    needs_writing: ClassVar[bool] = False

    @property
    def title(self) -> str:
        """What the job does, for the Jobs strip."""
        return f"Comparing {self.second} with {self.first}"

    def run(self, ctx: JobContext[Workspace]) -> dict[str, Any]:
        """Return the items that change, the difference with its interval, and the verdict."""
        store = ExperimentStore(ctx.workspace)
        first, second = store.get(self.first), store.get(self.second)
        return compare_experiments(first, second, mode=self.mode, seed=self.seed, check=ctx.check)
