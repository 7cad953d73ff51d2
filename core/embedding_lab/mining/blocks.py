"""Products of many vectors with many others, a bounded block at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

# Similarities held at once: 16 MB, computed and ranked in a few tenths of a second.
BLOCK_VALUES = 1 << 22
MOST_ROWS = 1024


def blocks(rows: NDArray[np.int64], n_columns: int) -> Iterator[NDArray[np.int64]]:
    """Cut row numbers into parts whose product with ``n_columns`` vectors stays small."""
    size = min(MOST_ROWS, max(1, BLOCK_VALUES // max(1, n_columns)))
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def best_columns(scores: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """Return the columns of the ``k`` largest scores of every row, best first.

    Equal scores come in the order of their columns.

    Parameters
    ----------
    scores : ndarray of float32, shape (rows, columns)
        What to rank.
    k : int
        At most the number of columns.

    Returns
    -------
    ndarray of int64, shape (rows, k)
    """
    if k < scores.shape[1]:
        found = np.sort(np.argpartition(-scores, k - 1, axis=1)[:, :k], axis=1)
    else:
        found = np.broadcast_to(np.arange(scores.shape[1]), scores.shape)
    order = np.argsort(-np.take_along_axis(scores, found, axis=1), axis=1, kind="stable")
    return np.take_along_axis(found, order, axis=1)
