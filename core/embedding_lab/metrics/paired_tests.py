"""Tests of two systems on the same items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.metrics.bootstrap import bootstrap_intervals

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from embedding_lab.metrics.intervals import Interval

# Up to so many differences all their signs are tried, above that they are drawn.
MOST_TRIED = 16
# Sums that differ by rounding alone are equal.
TOLERANCE = 1e-12


def mcnemar(is_right_a: NDArray[np.bool_], is_right_b: NDArray[np.bool_]) -> float:
    """Return the two-sided p-value of the exact McNemar test.

    Only items that one of the two gets right count; if neither is better, each of these falls to
    either side with probability one half.

    Parameters
    ----------
    is_right_a, is_right_b : ndarray of bool, shape (n,)
        Whether each system is right about each item.

    References
    ----------
    Q. McNemar, "Note on the sampling error of the difference between correlated proportions or
    percentages", Psychometrika 12 (1947); exact as the binomial test.
    """
    from scipy.special import bdtr

    n_a = int(np.count_nonzero(is_right_a & ~is_right_b))
    n_b = int(np.count_nonzero(is_right_b & ~is_right_a))
    if n_a == n_b:
        return 1.0
    return float(min(1.0, 2 * bdtr(min(n_a, n_b), n_a + n_b, 0.5)))


def sign_flip_test(
    differences: NDArray[np.float64],
    *,
    n_resamples: int = 10_000,
    seed: int = 0,
    check: Callable[[], None] = lambda: None,
) -> float:
    """Return the two-sided p-value of the paired permutation test of a mean difference.

    If neither system is better, every difference may as well have the opposite sign. All ways to
    choose signs are tried where there are few, else as many as asked for are drawn, and the data
    themselves count as one draw, so that p is never 0. Differences of 0 change nothing.

    Parameters
    ----------
    differences : ndarray of float64, shape (n,)
        Second minus first, item by item.
    n_resamples : int, default 10000
        How many draws.
    seed : int, default 0
        The same seed gives the same value.
    check : callable, optional
        Called now and then; may raise to stop.

    References
    ----------
    R. A. Fisher, "The Design of Experiments" (1935), section 21.
    """
    moving = differences[np.abs(differences) > TOLERANCE]
    if len(moving) == 0:
        return 1.0
    observed = abs(moving.sum()) - TOLERANCE * len(moving)
    if len(moving) <= MOST_TRIED:
        ways = np.arange(1 << len(moving))[:, np.newaxis] >> np.arange(len(moving)) & 1
        return float(np.mean(np.abs((2 * ways - 1) @ moving) >= observed))
    rng = np.random.default_rng(seed)
    at_once = max(1, 4_000_000 // len(moving))
    n_extreme = 0
    for start in range(0, n_resamples, at_once):
        check()
        size = min(at_once, n_resamples - start)
        signs = rng.integers(0, 2, size=(size, len(moving)), dtype=np.int8) * 2 - 1
        n_extreme += int(np.count_nonzero(np.abs(signs @ moving) >= observed))
    return (n_extreme + 1) / (n_resamples + 1)


@dataclass(frozen=True)
class Difference:
    """Second minus first on the same items: its mean, 95 % interval and p-value."""

    value: float
    interval: Interval
    p_value: float


def compare_accuracy(
    is_right_a: NDArray[np.bool_],
    is_right_b: NDArray[np.bool_],
    *,
    seed: int = 0,
    check: Callable[[], None] = lambda: None,
) -> Difference:
    """Compare two systems by the items each gets right: paired bootstrap and exact McNemar."""
    differences = is_right_b.astype(np.float64) - is_right_a
    return Difference(
        float(differences.mean()) if len(differences) else 0.0,
        paired_interval(differences, seed=seed, check=check),
        mcnemar(is_right_a, is_right_b),
    )


def compare_means(
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    *,
    seed: int = 0,
    check: Callable[[], None] = lambda: None,
) -> Difference:
    """Compare two systems by a score of each item: paired bootstrap and permutation test."""
    differences = second - first
    return Difference(
        float(differences.mean()),
        paired_interval(differences, seed=seed, check=check),
        sign_flip_test(differences, seed=seed, check=check),
    )


def paired_interval(
    differences: NDArray[np.float64],
    *,
    n_resamples: int = 2000,
    confidence: float = 0.95,
    seed: int = 0,
    check: Callable[[], None] = lambda: None,
) -> Interval:
    """Return the percentile bootstrap interval of a mean difference over items, shape (n,).

    Items with the same difference are counted together, so the time does not grow with their
    number where there are few values, as with right and wrong answers.
    """
    if len(differences) == 0:
        return 0.0, 0.0
    values, counts = np.unique(differences, return_counts=True)
    if len(values) > 64:
        low, high = bootstrap_intervals(
            differences[:, np.newaxis],
            n_resamples=n_resamples,
            confidence=confidence,
            seed=seed,
            check=check,
        )[0]
        return float(low), float(high)
    n = len(differences)
    drawn = np.random.default_rng(seed).multinomial(n, counts / n, size=n_resamples) @ values / n
    tail = (1 - confidence) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return float(low), float(high)
