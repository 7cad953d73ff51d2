"""Putting several answers or rankings together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

FUSION_CONSTANT = 60


def vote(answers: Sequence[Hashable], similarities: Sequence[float]) -> Hashable:
    """Return the answer given most often; of equals the one with the larger summed similarity.

    Parameters
    ----------
    answers : sequence
        One answer of each voter.
    similarities : sequence of float
        How near each voter finds its answer.
    """
    count: dict[Hashable, int] = {}
    total: dict[Hashable, float] = {}
    for answer, similarity in zip(answers, similarities, strict=True):
        count[answer] = count.get(answer, 0) + 1
        total[answer] = total.get(answer, 0.0) + similarity
    return max(count, key=lambda answer: (count[answer], total[answer]))


def reciprocal_rank_fusion(ranks: Sequence[int], constant: int = FUSION_CONSTANT) -> float:
    """Return the fused score of one document from its ranks, counted from 1.

    References
    ----------
    G. V. Cormack and others, "Reciprocal rank fusion outperforms Condorcet and individual rank
    learning methods", SIGIR 2009.
    """
    return float(np.sum(1.0 / (constant + np.asarray(ranks, dtype=np.float64))))
