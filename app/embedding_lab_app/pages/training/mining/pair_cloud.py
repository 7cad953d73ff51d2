"""The pairs of a table of negatives that are drawn: a sample of them, in two groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedding_lab.workspace.negatives import NegativesTable

MOST_DRAWN = 8000


@dataclass(frozen=True)
class PairCloud:
    """Pairs that were weighed.

    Attributes
    ----------
    candidate_cosines, owner_cosines : ndarray of float32, shape (m,)
        How near the positive and the query of the other row are to the anchor.
    is_chosen : ndarray of bool, shape (m,)
        Which became negatives.
    n_all : int
        How many were weighed; the others are not drawn.
    """

    candidate_cosines: NDArray[np.float32]
    owner_cosines: NDArray[np.float32]
    is_chosen: NDArray[np.bool_]
    n_all: int


def pair_cloud(table: NegativesTable) -> PairCloud:
    """Read at most some thousand of the pairs, the same ones every time."""
    pairs = table.mined().pairs
    n = len(pairs.rows)
    kept = np.arange(n)
    if n > MOST_DRAWN:
        kept = np.sort(np.random.default_rng(0).choice(n, MOST_DRAWN, replace=False))
    return PairCloud(
        candidate_cosines=np.array(pairs.candidate_cosines[kept]),
        owner_cosines=np.array(pairs.owner_cosines[kept]),
        is_chosen=np.array(pairs.is_chosen[kept]),
        n_all=n,
    )
