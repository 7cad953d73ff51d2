"""How sure a mean over queries is: percentile intervals of resampled means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

DRAWS_AT_ONCE = 1_000_000


def bootstrap_intervals(
    values: NDArray[np.float64],
    *,
    n_resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
    check: Callable[[], None] = lambda: None,
) -> NDArray[np.float64]:
    """Return the interval of each column's mean when the rows are drawn again and again.

    All columns are resampled together, so that metrics of the same queries stay comparable.

    Parameters
    ----------
    values : ndarray of float64, shape (n, m)
        One row per query, one column per metric.
    n_resamples : int, default 1000
        How often ``n`` rows are drawn with replacement.
    confidence : float, default 0.95
        Share of the resampled means inside the interval.
    seed : int, default 0
        The same seed gives the same intervals.
    check : callable, optional
        Called now and then; may raise to stop.

    Returns
    -------
    ndarray of float64, shape (m, 2)
        Lower and upper end for each column.
    """
    n = len(values)
    rng = np.random.default_rng(seed)
    at_once = max(1, min(n_resamples, DRAWS_AT_ONCE // max(n, 1)))
    means = []
    for start in range(0, n_resamples, at_once):
        check()
        size = min(at_once, n_resamples - start)
        drawn = rng.integers(0, n, size=(size, n)) + n * np.arange(size)[:, np.newaxis]
        counts = np.bincount(drawn.ravel(), minlength=size * n).reshape(size, n)
        means.append(counts @ values / n)
    tail = (1 - confidence) / 2
    ends: NDArray[np.float64] = np.quantile(np.concatenate(means), [tail, 1 - tail], axis=0)
    return ends.T
