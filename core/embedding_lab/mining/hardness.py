"""What is told of mined negatives: how hard they are, and how many are probably wrong."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.contracts import MinedPairs
from embedding_lab.metrics.intervals import wilson_interval
from embedding_lab.mining.contents import PairContents

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from embedding_lab.contracts import BatchRows

DEPTHS = (1, 5, 10)
BINS = 40
MOST_DRAWN = 20_000


def share(is_so: NDArray[np.bool_]) -> dict[str, Any]:
    """Return how many of how many are so, as a share with its 95 % interval."""
    n_right, n = int(np.count_nonzero(is_so)), len(is_so)
    low, high = wilson_interval(n_right, n)
    return {"value": n_right / n if n else None, "ci": [low, high], "n": n}


def frozen_recalls(true_ranks: NDArray[np.int64]) -> dict[str, Any]:
    """Return recall@1, @5 and @10 of the encoder before training, with their intervals.

    Parameters
    ----------
    true_ranks : ndarray of int64, shape (n,)
        The rank of every row's own positive; 0 where a row was left out.
    """
    ranked = true_ranks[true_ranks > 0]
    return {f"recall@{depth}": share(ranked <= depth) for depth in DEPTHS}


def chosen(pairs: MinedPairs) -> MinedPairs:
    """Return the pairs that came into clusters."""
    kept = np.flatnonzero(pairs.is_chosen)
    return MinedPairs(
        anchors=pairs.anchors[kept],
        rows=pairs.rows[kept],
        candidate_cosines=pairs.candidate_cosines[kept],
        owner_cosines=pairs.owner_cosines[kept],
        is_chosen=pairs.is_chosen[kept],
    )


@dataclass(frozen=True)
class Judge:
    """Tells false negatives: exactly where the classes of rows are known, else by a look-alike.

    Without classes nobody knows which negatives are right answers. Those are suspected whose own
    query is as near to the anchor as anchors usually are to their own positives, in the median.
    That share tells which of two miners takes more risk on the same vectors; its level means
    little: in trials where the truth was known, 6 % of the nearest negatives were false and 26 %
    suspected, 51 % and 2 % where the two sides of a pair had a style in common. A miner that
    filters by the queries lowers the suspected share by its very rule, right or not.

    Attributes
    ----------
    own_cosines : ndarray of float32, shape (n,)
        Of every row's anchor with its own positive.
    labels : ndarray of int64, shape (n,)
        The class of every row, -1 where it is not known.
    """

    own_cosines: NDArray[np.float32]
    labels: NDArray[np.int64]

    @property
    def is_exact(self) -> bool:
        """Whether classes are known."""
        return bool((self.labels >= 0).any())

    def false_negatives(self, pairs: MinedPairs) -> dict[str, Any]:
        """Return the share of false negatives among pairs, and whether it is exact."""
        if self.is_exact:
            known = (self.labels[pairs.anchors] >= 0) & (self.labels[pairs.rows] >= 0)
            is_false = self.labels[pairs.anchors] == self.labels[pairs.rows]
            return share(is_false[known]) | {"is_exact": True}
        return share(self.suspected(pairs)) | {"is_exact": False}

    @cached_property
    def threshold(self) -> float:
        """The cosine from which on the queries of two rows are suspiciously near."""
        return float(np.median(self.own_cosines)) if len(self.own_cosines) else 1.0

    def suspected(self, pairs: MinedPairs) -> NDArray[np.bool_]:
        """Return for each pair whether its queries are as near as a query is to its positive."""
        found: NDArray[np.bool_] = pairs.owner_cosines >= self.threshold
        return found


def random_negatives(
    anchors: NDArray[np.float32],
    positives: NDArray[np.float32],
    rows: BatchRows,
    n: int,
    seed: int = 0,
) -> MinedPairs:
    """Return what random batches offer: ``n`` pairs of an anchor and another row, drawn at random.

    Rows whose contents say that they are no negatives of the anchor are left out.

    Parameters
    ----------
    anchors, positives : ndarray of float32, shape (rows, d)
        Unit vectors of the two sides.
    rows : BatchRows
        The same rows.
    n : int
        How many pairs to draw; at most 20,000 are.
    seed : int
        Of the draw.
    """
    contents = PairContents(rows, has_classes=False)
    drawn = np.random.default_rng(seed).choice(contents.usable, (min(n, MOST_DRAWN), 2))
    apart = [pair for pair in drawn if not contents.conflict(int(pair[0]), int(pair[1]))]
    firsts, others = np.array(apart, dtype=np.int64).reshape(-1, 2).T
    return MinedPairs(
        anchors=firsts,
        rows=others,
        candidate_cosines=_cosines(anchors, firsts, positives, others),
        owner_cosines=_cosines(anchors, firsts, anchors, others),
        is_chosen=np.ones(len(firsts), dtype=np.bool_),
    )


def _cosines(
    first: NDArray[np.float32],
    first_rows: NDArray[np.int64],
    second: NDArray[np.float32],
    second_rows: NDArray[np.int64],
) -> NDArray[np.float32]:
    """Return the products of pairs of vectors, some thousand at a time."""
    found = np.empty(len(first_rows), dtype=np.float32)
    for start in range(0, len(found), 1 << 14):
        part = slice(start, start + (1 << 14))
        np.einsum("ij,ij->i", first[first_rows[part]], second[second_rows[part]], out=found[part])
    return found


def own_cosines(
    anchors: NDArray[np.float32], positives: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the cosine of every row's two sides, shape (n,)."""
    numbers = np.arange(len(anchors), dtype=np.int64)
    return _cosines(anchors, numbers, positives, numbers)


def described(pairs: MinedPairs, judge: Judge) -> dict[str, Any]:
    """Return how hard negatives are and how many are false, without their histogram."""
    n = len(pairs.rows)
    return {
        "n_negatives": n,
        "candidate_cosine": float(pairs.candidate_cosines.mean()) if n else None,
        "owner_cosine": float(pairs.owner_cosines.mean()) if n else None,
        "false_negatives": judge.false_negatives(pairs),
    }


def histograms(many: Sequence[MinedPairs]) -> list[dict[str, list[float]]]:
    """Return a histogram of the candidate cosines of each, all over the same bins."""
    cosines = [np.asarray(pairs.candidate_cosines, dtype=np.float64) for pairs in many]
    together = np.concatenate(cosines) if cosines else np.zeros(0)
    if not len(together):
        return [{"edges": [], "counts": []} for _ in many]
    edges = np.histogram_bin_edges(together, bins=BINS)
    return [
        {"edges": edges.round(6).tolist(), "counts": np.histogram(one, edges)[0].tolist()}
        for one in cosines
    ]
