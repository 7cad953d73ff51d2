"""The part of the Python door that mines hard negatives."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from embedding_lab.jobs.job import Job
    from embedding_lab.workspace.negatives import NegativesTable
    from embedding_lab.workspace.workspace import Workspace


class NegativesStudy(ABC):
    """Methods of :class:`~embedding_lab.study.Study` about mined negatives."""

    workspace: Workspace

    @abstractmethod
    def run(self, job: Job[Workspace]) -> dict[str, Any]:
        """Run a job and return its result."""

    def mine_negatives(
        self, corpus: str, encoder: str = "starter", sampler: str = "saha", **choices: Any
    ) -> dict[str, Any]:
        """Mine hard negatives for the pairs of a corpus and keep them as a table.

        ``choices`` are further fields of
        :class:`~embedding_lab.workflows.mine_negatives.MineNegatives`: ``parameters``, ``name``,
        ``form``, ``source``, ``split``, ``filter``, ``limit``, ``seed``.
        """
        from embedding_lab.workflows.mine_negatives import MineNegatives

        return self.run(MineNegatives(corpus, encoder, sampler, **choices))

    def negatives(self) -> list[NegativesTable]:
        """Return the tables of mined negatives, oldest first."""
        return self.workspace.negatives()

    def clusters(self, negatives: str, **choices: Any) -> dict[str, Any]:
        """Return clusters of a table by its name, with what their rows say.

        ``choices`` are ``order`` and ``limit``.
        """
        from embedding_lab.workflows.show_clusters import ShowClusters

        return self.run(ShowClusters(negatives, **choices))

    def compare_negatives(self, *names: str) -> dict[str, Any]:
        """Return the main figures of tables beside each other."""
        from embedding_lab.mining.comparison import compare_tables
        from embedding_lab.workspace.negatives_store import NegativesStore

        store = NegativesStore(self.workspace)
        return compare_tables([store.get(name) for name in names])

    def delete_negatives(self, name: str) -> None:
        """Move a table of negatives to the trash."""
        from embedding_lab.workspace.negatives_store import NegativesStore

        self.workspace.delete_negatives(NegativesStore(self.workspace).get(name))
