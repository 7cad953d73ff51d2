"""Which candidates are worth looking at: those no other beats in everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def is_on_front(figures: Sequence[Sequence[float]]) -> NDArray[np.bool_]:
    """Return for each candidate whether no other is at least as good in all and better in one.

    Parameters
    ----------
    figures : sequence of sequences of float, shape (n, m)
        Figures of each candidate, more being better in every one.

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    values = np.asarray(figures, dtype=np.float64)
    if values.size == 0:
        return np.zeros(len(values), dtype=np.bool_)
    at_least = np.all(values[None] >= values[:, None], axis=2)
    better = np.any(values[None] > values[:, None], axis=2)
    is_beaten: NDArray[np.bool_] = np.any(at_least & better, axis=1)
    return ~is_beaten
