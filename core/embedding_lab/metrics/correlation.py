"""Spearman's rank correlation, its interval, and the comparison of two systems by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.metrics.intervals import percentile_interval
from embedding_lab.metrics.paired_tests import Difference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from embedding_lab.metrics.intervals import Interval

DRAWS_AT_ONCE = 1_000_000


def ranks(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the rank of each value from 1, the mean of their ranks where values are equal.

    Parameters
    ----------
    values : ndarray of float, shape (..., n)
        Ranked along the last axis.
    """
    rows = values.reshape(-1, values.shape[-1])
    order = np.argsort(rows, axis=1, kind="stable")
    ascending = np.take_along_axis(rows, order, axis=1)
    begins = np.ones(rows.shape, dtype=np.bool_)
    begins[:, 1:] = ascending[:, 1:] != ascending[:, :-1]
    # Equal values of a row are one group; a row's first value begins one.
    group = begins.ravel().cumsum() - 1
    places = np.tile(np.arange(1.0, rows.shape[1] + 1), len(rows))
    means = np.bincount(group, weights=places) / np.bincount(group)
    found = np.empty(rows.shape)
    np.put_along_axis(found, order, means[group].reshape(rows.shape), axis=1)
    return found.reshape(values.shape)


def spearman(first: NDArray[np.floating], second: NDArray[np.floating]) -> float:
    """Return the correlation of the ranks; 0 where one side is constant.

    References
    ----------
    C. Spearman, "The proof and measurement of association between two things", American Journal of
    Psychology 15 (1904).
    """
    return float(_pearson(ranks(first), ranks(second)))


def spearman_interval(
    first: NDArray[np.floating],
    second: NDArray[np.floating],
    *,
    n_resamples: int = 1000,
    seed: int = 0,
    check: Callable[[], None] = lambda: None,
) -> Interval:
    """Return the 95 % percentile bootstrap interval of the correlation over pairs."""
    rng = np.random.default_rng(seed)
    drawn = []
    for size in _blocks(n_resamples, len(first), check):
        chosen = rng.integers(0, len(first), size=(size, len(first)))
        drawn.append(_pearson(ranks(first[chosen]), ranks(second[chosen])))
    return percentile_interval(np.concatenate(drawn))


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
    rng = np.random.default_rng(seed)
    rank_a, rank_b, rank_truth = ranks(first), ranks(second), ranks(truth)
    differences, n_extreme = [], 0
    for size in _blocks(n_resamples, len(first), check):
        chosen = rng.integers(0, len(first), size=(size, len(first)))
        true = ranks(truth[chosen])
        differences.append(
            _pearson(ranks(second[chosen]), true) - _pearson(ranks(first[chosen]), true)
        )
        is_exchanged = rng.random((size, len(first))) < 0.5
        moved = _pearson(np.where(is_exchanged, rank_a, rank_b), rank_truth) - _pearson(
            np.where(is_exchanged, rank_b, rank_a), rank_truth
        )
        n_extreme += int(np.count_nonzero(np.abs(moved) >= abs(value) - 1e-12))
    interval = percentile_interval(np.concatenate(differences))
    return Difference(value, interval, (n_extreme + 1) / (n_resamples + 1))


def _blocks(n_resamples: int, n: int, check: Callable[[], None]) -> Iterator[int]:
    """Yield how many draws to make at once, until all are made."""
    at_once = max(1, DRAWS_AT_ONCE // max(n, 1))
    for start in range(0, n_resamples, at_once):
        check()
        yield min(at_once, n_resamples - start)


def _pearson(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    a = first - first.mean(axis=-1, keepdims=True)
    b = second - second.mean(axis=-1, keepdims=True)
    scale = np.sqrt((a * a).sum(axis=-1) * (b * b).sum(axis=-1))
    found: NDArray[np.float64] = (a * b).sum(axis=-1) / np.where(scale > 0, scale, 1.0)
    return found
