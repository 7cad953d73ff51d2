"""Reading the clusters of mined negatives with what their rows say."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from embedding_lab.errors import UsageError
from embedding_lab.jobs.job import Job, Lane
from embedding_lab.training.rows import PictureContent
from embedding_lab.workflows.mine_negatives import MiningChoices
from embedding_lab.workspace.corpus import Corpus
from embedding_lab.workspace.negatives_store import NegativesStore
from embedding_lab.workspace.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from embedding_lab.contracts import Mined
    from embedding_lab.jobs.context import JobContext
    from embedding_lab.training.rows import TrainingRows
    from embedding_lab.workspace.negatives import NegativesTable

SUSPECTED, HARDEST, FILE_ORDER = "suspected", "hardest", "file order"
ORDERS = (SUSPECTED, HARDEST, FILE_ORDER)
EXCERPT = 400


@dataclass(frozen=True)
class ShowClusters(Job[Workspace]):
    """Read some clusters of a table of negatives.

    Attributes
    ----------
    negatives : str
        Name or id.
    order : str
        ``suspected`` (most suspected false negatives first), ``hardest`` (largest mean cosine
        first) or ``file order``.
    limit : int
        How many clusters.
    """

    negatives: str
    order: str = SUSPECTED
    limit: int = 200
    lane: ClassVar[Lane] = Lane.INTERACTIVE
    is_recorded: ClassVar[bool] = False
    needs_writing: ClassVar[bool] = False

    @property
    def title(self) -> str:
        """What the job does, for the Jobs strip."""
        return f"Reading {self.negatives}"

    def run(self, ctx: JobContext[Workspace]) -> dict[str, Any]:
        """Return the clusters, each with its anchor and members.

        ``is_current`` says whether the corpus still holds the rows that were mined; where it does
        not, nothing is told of what rows say.
        """
        if self.order not in ORDERS:
            raise UsageError(
                f"There is no order {self.order}.", hint=f"Choose {', '.join(ORDERS)}."
            )
        table = NegativesStore(ctx.workspace).get(self.negatives)
        rows = _rows_of(ctx, table)
        reader = _Reader(table, rows)
        shown = reader.order(self.order)[: self.limit]
        return {
            "negatives": table.meta.id,
            "name": table.meta.name,
            "n_clusters": table.meta.n_clusters,
            "order": self.order,
            "is_current": rows is not None,
            "clusters": [reader.cluster(int(number)) for number in shown],
        }


def _rows_of(ctx: JobContext[Workspace], table: NegativesTable) -> TrainingRows | None:
    """Return the training rows that were mined, unless the corpus or they have changed."""
    known = {corpus.id: corpus for corpus in ctx.workspace.corpora()}
    corpus = known.get(table.meta.corpus_id)
    if corpus is None:
        return None
    ctx.check()
    rows = _read(corpus.folder, corpus.n_rows, table.folder)
    return rows if table.is_current(rows.digest()) else None


@lru_cache(maxsize=2)
def _read(corpus_folder: Path, n_rows: int, table_folder: Path) -> TrainingRows:
    from embedding_lab.workspace.negatives import NegativesTable

    del n_rows  # it tells one state of the corpus from the next
    meta = NegativesTable(table_folder).meta
    corpus = Corpus(corpus_folder)
    choices = MiningChoices(corpus.name, form=meta.form, **meta.choice)
    return choices.read(corpus, lambda _: None)


class _Reader:
    def __init__(self, table: NegativesTable, rows: TrainingRows | None) -> None:
        self._rows = rows
        self._mined: Mined = table.mined()
        pairs = self._mined.pairs
        self._chosen = np.flatnonzero(pairs.is_chosen)
        report = table.report()
        self._is_suspected = pairs.owner_cosines >= report["suspected_from"]
        if rows is not None and report["false_negatives"]["is_exact"]:
            # Where the classes are known, they tell what is false, and no look is needed.
            labels = rows.labels[pairs.anchors], rows.labels[pairs.rows]
            is_known = (labels[0] >= 0) & (labels[1] >= 0)
            self._is_suspected = np.where(is_known, labels[0] == labels[1], self._is_suspected)
        self._ends = np.cumsum([len(cluster) - 1 for cluster in self._mined.clusters])

    def order(self, name: str) -> NDArray[np.int64]:
        """Return the numbers of the clusters in an order."""
        n = len(self._ends)
        if name == FILE_ORDER or not n:
            return np.arange(n)
        values = self._is_suspected if name == SUSPECTED else self._mined.pairs.candidate_cosines
        starts = np.concatenate([[0], self._ends[:-1]])
        sums = np.add.reduceat(np.asarray(values, dtype=np.float64)[self._chosen], starts)
        means = sums / np.diff(self._ends, prepend=0)
        return np.argsort(-means, kind="stable")

    def cluster(self, number: int) -> dict[str, Any]:
        """Return a cluster's anchor and members, the hardest first."""
        cluster = self._mined.clusters[number]
        pairs = self._mined.pairs
        end = int(self._ends[number])
        at = self._chosen[end - len(cluster) + 1 : end]
        at = at[np.argsort(-pairs.candidate_cosines[at], kind="stable")]
        members = [
            self._row(int(pairs.rows[place]))
            | {
                "candidate_cosine": round(float(pairs.candidate_cosines[place]), 4),
                "owner_cosine": round(float(pairs.owner_cosines[place]), 4),
                "is_suspected": bool(self._is_suspected[place]),
            }
            for place in at
        ]
        return {
            "cluster": number,
            "phase": int(self._mined.phases[number]),
            "anchor": self._row(int(cluster[0])),
            "members": members,
            "candidate_cosine": round(float(pairs.candidate_cosines[at].mean()), 4),
            "n_suspected": int(self._is_suspected[at].sum()),
        }

    def _row(self, row: int) -> dict[str, Any]:
        if self._rows is None:
            return {"row": row, "corpus_row": None, "query": None, "positive": None}
        label = int(self._rows.labels[row])
        return {
            "row": row,
            "corpus_row": int(self._rows.corpus_rows[row]),
            "query": self._said(row, 0),
            "positive": self._said(row, 1),
            "label": self._rows.label_names[label] if label >= 0 else "",
        }

    def _said(self, row: int, side: int) -> dict[str, str]:
        assert self._rows is not None
        content = self._rows.content(row, side)
        if isinstance(content, PictureContent):
            return {"picture": content.digest}
        return {"text": content if len(content) <= EXCERPT else content[:EXCERPT] + "…"}
