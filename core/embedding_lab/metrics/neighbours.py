"""How vectors lie to each other: nearest neighbours with the same label, spread, separation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

# So many similarities are held at once.
NUMBERS_AT_ONCE = 1 << 22


def leave_one_out(
    vectors: NDArray[np.float32],
    labels: NDArray[np.int64],
    k: int = 1,
    check: Callable[[], None] = lambda: None,
) -> NDArray[np.int64]:
    """Return the label that each item's nearest others say, shape (n,).

    Of labels that equally many of the neighbours have, the one with the larger summed similarity is
    taken.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, d)
        Unit vectors; at least two.
    labels : ndarray of int64, shape (n,)
        Labels from 0.
    k : int, default 1
        How many neighbours vote.
    check : callable, optional
        Called between blocks; may raise to stop.
    """
    n = len(vectors)
    k = min(k, n - 1)
    n_labels = int(labels.max()) + 1
    said = np.empty(n, dtype=np.int64)
    step = max(1, NUMBERS_AT_ONCE // max(n, n_labels))
    for first in range(0, n, step):
        check()
        own = np.arange(first, min(first + step, n))
        similarities = vectors[own] @ vectors.T
        similarities[np.arange(len(own)), own] = -np.inf
        nearest = np.argpartition(-similarities, k - 1, axis=1)[:, :k]
        votes = np.zeros((len(own), n_labels))
        places = np.repeat(np.arange(len(own)), k)
        near = np.take_along_axis(similarities, nearest, axis=1)
        # A vote counts for more than all similarities, of which each is between -1 and 1, together.
        np.add.at(votes, (places, labels[nearest].ravel()), (2 * k + 1 + near).ravel())
        said[own] = votes.argmax(axis=1)
    return said


def mean_cosine(vectors: NDArray[np.float32]) -> float:
    """Return the mean cosine of two different vectors, which is 0 where they spread evenly.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, d)
        Unit vectors; at least two.

    References
    ----------
    K. Ethayarajh, "How contextual are contextualized word representations?", EMNLP 2019, where it
    is called anisotropy.
    """
    n = len(vectors)
    total = vectors.sum(axis=0, dtype=np.float64)
    return float((total @ total - _squares(vectors)) / (n * (n - 1)))


def separation(vectors: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """Return the mean cosine of two items of one label less that of two items of different labels.

    NaN where no two items have one label, or all have the same.
    """
    n = len(vectors)
    sums = np.zeros((int(labels.max()) + 1, vectors.shape[1]))
    np.add.at(sums, labels, vectors)
    counts = np.bincount(labels)
    n_same = float((counts * (counts - 1)).sum())
    n_other = n * (n - 1) - n_same
    if not n_same or not n_other:
        return float("nan")
    same = float((sums * sums).sum()) - _squares(vectors)
    total = sums.sum(axis=0)
    other = float(total @ total) - float((sums * sums).sum())
    return same / n_same - other / n_other


def _squares(vectors: NDArray[np.float32]) -> float:
    return float(np.einsum("ij,ij->", vectors, vectors, dtype=np.float64))
