"""How clearly a class wins, and how far several predictions of one item disagree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def margins(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how far the best class is ahead of the second, shape (n,); 0 with one class."""
    if scores.shape[1] < 2:
        return np.zeros(len(scores), dtype=np.float32)
    two = np.partition(scores, -2, axis=1)[:, -2:]
    ahead: NDArray[np.float32] = two[:, 1] - two[:, 0]
    return ahead


def entropy(votes: NDArray[np.int64], n_classes: int) -> NDArray[np.float64]:
    """Return the entropy in nats of several predictions of each item, shape (n,).

    Parameters
    ----------
    votes : ndarray of int64, shape (n, v)
        The class each of v voters predicts for each item.
    n_classes : int
        How many classes there are.
    """
    n, n_votes = votes.shape
    cells = np.arange(n)[:, np.newaxis] * n_classes + votes
    used, counts = np.unique(cells, return_counts=True)
    shares = counts / n_votes
    total = np.zeros(n)
    np.add.at(total, used // n_classes, -shares * np.log(shares))
    return np.maximum(total, 0.0)
