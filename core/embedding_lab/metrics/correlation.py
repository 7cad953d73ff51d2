"""Spearman's rank correlation, its interval, and the comparison of two systems by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.metrics.intervals import percentile_interval
from embedding_lab.metrics.paired_tests import Difference

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from embedding_lab.metrics.intervals import Interval


def ranks(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the rank of each value from 1, the mean of their ranks where values are equal."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    found: NDArray[np.float64] = (last - (counts - 1) / 2)[place]
    return found


def spearman(first: NDArray[np.floating], second: NDArray[np.floating]) -> float:
    """Return the correlation of the ranks; 0 where one side is constant.

    References
    ----------
    C. Spearman, "The proof and measurement of association between two things", American Journal of
    Psychology 15 (1904).
    """
    return _pearson(ranks(first), ranks(second))


def spearman_interval(
    first: NDArray[np.floating],
    second: NDArray[np.floating],
    *,
    n_resamples: int = 1000,
    seed: int = 0,
    check: Callable[[], None] = lambda: None,
) -> Interval:
    """Return the 95 % percentile bootstrap interval of the correlation over pairs."""
    drawn = _drawn(len(first), n_resamples, seed, check)
    return percentile_interval(
        np.array([spearman(first[chosen], second[chosen]) for chosen in drawn])
    )


def compare_spearman(
    first: NDArray[np.floating],
    second: NDArray[np.floating],
    truth: NDArray[np.floating],
    *,
    n_resamples: int = 1000,
    seed: int = 0,
    check: Callable[[], None] = lambda: None,
) -> Difference:
    """Compare two systems by how well their values follow the truth, on the same items.

    The interval is the paired percentile bootstrap. The p-value is of the permutation test in
    which, if neither system is better, the two ranks of any item may as well be exchanged; the data
    themselves count as one draw.

    Parameters
    ----------
    first, second : ndarray of float, shape (n,)
        What each system says of each item.
    truth : ndarray of float, shape (n,)
        What is true of it.
    n_resamples : int, default 1000
        How many draws, of the bootstrap and of the test each.
    seed : int, default 0
        The same seed gives the same result.
    check : callable, optional
        Called between draws; may raise to stop.
    """
    value = spearman(second, truth) - spearman(first, truth)
    differences = np.array(
        [
            spearman(second[chosen], truth[chosen]) - spearman(first[chosen], truth[chosen])
            for chosen in _drawn(len(first), n_resamples, seed, check)
        ]
    )
    rng = np.random.default_rng(seed)
    rank_a, rank_b, rank_truth = ranks(first), ranks(second), ranks(truth)
    n_extreme = 0
    for _ in range(n_resamples):
        check()
        is_exchanged = rng.random(len(first)) < 0.5
        a = np.where(is_exchanged, rank_b, rank_a)
        b = np.where(is_exchanged, rank_a, rank_b)
        moved = spearman(b, rank_truth) - spearman(a, rank_truth)
        n_extreme += abs(moved) >= abs(value) - 1e-12
    return Difference(value, percentile_interval(differences), (n_extreme + 1) / (n_resamples + 1))


def _drawn(
    n: int, n_resamples: int, seed: int, check: Callable[[], None]
) -> list[NDArray[np.int64]]:
    rng = np.random.default_rng(seed)
    drawn = []
    for _ in range(n_resamples):
        check()
        drawn.append(rng.integers(0, n, size=n))
    return drawn


def _pearson(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    a, b = first - first.mean(), second - second.mean()
    scale = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / scale if scale else 0.0
