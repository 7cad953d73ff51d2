"""Metrics of rankings against graded judgements, as trec_eval defines them.

A document is relevant when its grade is above zero; one that nobody judged counts as not relevant.
nDCG takes the grade itself as the gain (linear, as trec_eval does; some papers use ``2 ** grade -
1`` instead) and discounts rank *r* by ``log2(r + 1)``. ``map`` and ``recall`` divide by the number
of all relevant documents, whatever the depth.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True)
class JudgedRankings:
    """Rankings of several queries, seen through their judgements.

    Attributes
    ----------
    gains : ndarray of float64, shape (n, depth)
        Grade of the document at each rank; 0 where it is not judged or nothing was returned.
    ideal : ndarray of float64, shape (n, depth)
        The grades in the best order possible.
    n_relevant : ndarray of int64, shape (n,)
        How many documents are relevant to each query; at least 1.
    """

    gains: NDArray[np.float64]
    ideal: NDArray[np.float64]
    n_relevant: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.gains)


def judge(
    rankings: Sequence[Sequence[str]], judgements: Sequence[Mapping[str, float]], depth: int
) -> JudgedRankings:
    """Look up the grades of ranked documents.

    Parameters
    ----------
    rankings : sequence of sequences of str
        For each query, document ids, best first.
    judgements : sequence of mappings
        For each query, ``{document id: grade}`` with at least one grade above zero.
    depth : int
        The deepest rank any metric looks at.
    """
    gains = np.zeros((len(rankings), depth))
    ideal = np.zeros((len(rankings), depth))
    n_relevant = np.zeros(len(rankings), dtype=np.int64)
    for i, (ranking, grades) in enumerate(zip(rankings, judgements, strict=True)):
        found = [max(grades.get(document, 0.0), 0.0) for document in ranking[:depth]]
        best = sorted((grade for grade in grades.values() if grade > 0), reverse=True)
        gains[i, : len(found)] = found
        ideal[i, : min(depth, len(best))] = best[:depth]
        n_relevant[i] = len(best)
    return JudgedRankings(gains, ideal, n_relevant)


def ndcg(judged: JudgedRankings, k: int) -> NDArray[np.float64]:
    """Return each query's normalized discounted cumulative gain at depth ``k``."""
    return _discounted(judged.gains, k) / _discounted(judged.ideal, k)


def recall(judged: JudgedRankings, k: int) -> NDArray[np.float64]:
    """Return which share of each query's relevant documents stands in the first ``k``."""
    return _n_found(judged, k) / judged.n_relevant


def precision(judged: JudgedRankings, k: int) -> NDArray[np.float64]:
    """Return which share of each query's first ``k`` documents is relevant."""
    return _n_found(judged, k) / k


def mrr(judged: JudgedRankings, k: int) -> NDArray[np.float64]:
    """Return one over the rank of each query's first relevant document; 0 if it is below ``k``."""
    is_relevant = judged.gains[:, :k] > 0
    first = is_relevant.argmax(axis=1)
    return np.where(is_relevant.any(axis=1), 1.0 / (first + 1), 0.0)


def average_precision(judged: JudgedRankings, k: int) -> NDArray[np.float64]:
    """Return each query's average precision over its relevant documents, cut at depth ``k``."""
    is_relevant = judged.gains[:, :k] > 0
    ranks = np.arange(1, is_relevant.shape[1] + 1)
    precisions = is_relevant.cumsum(axis=1) / ranks
    value: NDArray[np.float64] = (precisions * is_relevant).sum(axis=1) / judged.n_relevant
    return value


def _discounted(gains: NDArray[np.float64], k: int) -> NDArray[np.float64]:
    cut = gains[:, :k]
    discounts: NDArray[np.float64] = cut @ (1.0 / np.log2(np.arange(cut.shape[1]) + 2))
    return discounts


def _n_found(judged: JudgedRankings, k: int) -> NDArray[np.int64]:
    n_found: NDArray[np.int64] = (judged.gains[:, :k] > 0).sum(axis=1)
    return n_found


METRICS: dict[str, Callable[[JudgedRankings, int], NDArray[np.float64]]] = {
    "ndcg": ndcg,
    "recall": recall,
    "precision": precision,
    "mrr": mrr,
    "map": average_precision,
}


@dataclass(frozen=True)
class Metric:
    """A metric at a depth, written ``ndcg@10``."""

    name: str
    k: int

    @classmethod
    def parse(cls, text: str) -> Metric:
        """Read ``ndcg@10``.

        Raises
        ------
        UsageError
            If there is no such metric.
        """
        match = re.fullmatch(r"([a-z]+)@([1-9]\d{0,5})", text)
        if match is None or match[1] not in METRICS:
            raise UsageError(
                f"There is no metric {text}.",
                hint=f"Metrics are {', '.join(METRICS)} at a depth, such as ndcg@10.",
            )
        return cls(match[1], int(match[2]))

    def __str__(self) -> str:
        return f"{self.name}@{self.k}"

    def __call__(self, judged: JudgedRankings) -> NDArray[np.float64]:
        """Return the metric's value for each query."""
        return METRICS[self.name](judged, self.k)
