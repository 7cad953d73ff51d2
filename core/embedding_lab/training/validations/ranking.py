"""Whether anchors find their positives."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.metrics.bootstrap import bootstrap_intervals
from embedding_lab.metrics.ranking import Metric, judge
from embedding_lab.training.rows import RowSource
from embedding_lab.training.validations.validation import Measurement, Validation
from embedding_lab.types import Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from embedding_lab.training.rows import TrainingRows
    from embedding_lab.training.validations.validation import Encode

DEPTH = 10


class RankingValidation(Validation):
    """Anchors look for their positives among those of all rows, and among further contents.

    Parameters
    ----------
    rows : TrainingRows
        Pairs or triplets.
    others : ndarray of int64, optional
        Numbers of further contents to find the positives among.
    """

    def __init__(self, rows: TrainingRows, others: NDArray[np.int64] | None = None) -> None:
        super().__init__(rows)
        candidates = rows.sides[:, 1:].ravel()
        self._candidates = np.unique(candidates if others is None else [*candidates, *others])
        self._is_judged = rows.source is RowSource.JUDGEMENTS

    @property
    def metric(self) -> str:
        """The nDCG at 10 for judged queries, the mean reciprocal rank at 10 for pairs."""
        return f"ndcg@{DEPTH}" if self._is_judged else f"mrr@{DEPTH}"

    @property
    def n_contents(self) -> int:
        """How many texts or pictures each measurement encodes."""
        return len(np.unique(self.rows.anchors)) + len(self._candidates)

    @cached_property
    def _queries(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """A row of every different anchor, and for every row the place of its anchor."""
        _, first, place = np.unique(
            self.rows.identities[self.rows.anchors], return_index=True, return_inverse=True
        )
        return first, place

    def item_rows(self) -> NDArray[np.int64]:
        """Return for every different anchor the first row that has it."""
        return self._queries[0]

    @cached_property
    def _grades(self) -> list[dict[str, float]]:
        grades: list[dict[str, float]] = [{} for _ in self._queries[0]]
        relevant = self.rows.identities[self.rows.positives].tolist()
        for row, (query, identity) in enumerate(zip(self._queries[1], relevant, strict=True)):
            grade = float(self.rows.scores[row]) if self._is_judged else 1.0
            grades[query][str(identity)] = max(grade, grades[query].get(str(identity), 0.0))
        return grades

    def measure(self, encode: Encode, check: Callable[[], None] = lambda: None) -> Measurement:
        """Rank all candidates for every different anchor."""
        anchors, places = np.unique(self.rows.anchors, return_inverse=True)
        anchor_vectors = encode(anchors, Role.QUERY)
        candidate_vectors = encode(self._candidates, Role.DOCUMENT)
        of_row = anchor_vectors[places]
        rankings = self._rankings(of_row[self._queries[0]], candidate_vectors, check)
        judged = judge(rankings, self._grades, DEPTH)
        names = ("ndcg", "mrr", "recall") if self._is_judged else ("mrr", "ndcg", "recall")
        metrics = [Metric(name, DEPTH) for name in names] + [Metric("recall", 1)]
        values = np.stack([metric(judged) for metric in metrics], axis=1)
        low, high = bootstrap_intervals(values[:, :1], check=check)[0]
        means = values.mean(axis=0)
        where = np.searchsorted(self._candidates, self.rows.positives)
        return Measurement(
            metric=self.metric,
            value=float(means[0]),
            interval=(float(low), float(high)),
            items=values[:, 0],
            anchors=of_row,
            positives=candidate_vectors[where],
            others={str(m): float(v) for m, v in zip(metrics[1:], means[1:], strict=True)},
        )

    def _rankings(
        self,
        queries: NDArray[np.float32],
        candidates: NDArray[np.float32],
        check: Callable[[], None],
    ) -> list[list[str]]:
        identities = self.rows.identities[self._candidates]
        # Contents that say the same are one answer, not several.
        _, first = np.unique(identities, return_index=True)
        names = [str(identity) for identity in identities[first].tolist()]
        kept = candidates[first]
        rankings = []
        for start in range(0, len(queries), 256):
            check()
            cosines = queries[start : start + 256] @ kept.T
            best = np.argsort(-cosines, axis=1, kind="stable")[:, :DEPTH]
            rankings += [[names[place] for place in row] for row in best]
        return rankings
