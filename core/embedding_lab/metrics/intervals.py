"""Confidence intervals: Wilson for shares, percentile and BCa for what a bootstrap has drawn."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Interval = tuple[float, float]
NORMAL = NormalDist()


def wilson_interval(n_right: int, n: int, confidence: float = 0.95) -> Interval:
    """Return the score interval of a share, sound also near 0 and 1.

    Parameters
    ----------
    n_right, n : int
        How many of how many; of none at all nothing is known, so the interval is 0 to 1.
    confidence : float, default 0.95
        Nominal coverage.

    References
    ----------
    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal
    of the American Statistical Association 22 (1927).
    """
    if n == 0:
        return 0.0, 1.0
    z = NORMAL.inv_cdf(0.5 + confidence / 2)
    share = n_right / n
    middle = share + z * z / (2 * n)
    half = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low, high = (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)
    return (
        0.0 if n_right == 0 else float(low),
        1.0 if n_right == n else float(high),
    )


def percentile_interval(drawn: NDArray[np.float64], confidence: float = 0.95) -> Interval:
    """Return the middle part of the statistics of resampled data, shape (b,)."""
    tail = (1 - confidence) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return float(low), float(high)


def bca_interval(
    drawn: NDArray[np.float64],
    estimate: float,
    left_out: NDArray[np.float64],
    weights: NDArray[np.int64] | None = None,
    confidence: float = 0.95,
) -> Interval:
    """Return the bias-corrected and accelerated interval of a bootstrapped statistic.

    Where the correction is not defined, because every draw lies on one side of the estimate, the
    percentile interval is returned.

    Parameters
    ----------
    drawn : ndarray of float64, shape (b,)
        The statistic of each resample.
    estimate : float
        The statistic of the data.
    left_out : ndarray of float64, shape (m,)
        The statistic with one item left out.
    weights : ndarray of int64, shape (m,), optional
        How many items give each value of ``left_out``; 1 without it.
    confidence : float, default 0.95
        Nominal coverage.

    References
    ----------
    B. Efron, "Better bootstrap confidence intervals", Journal of the American Statistical
    Association 82 (1987), equations 2.3 and 6.6.
    """
    below = (np.count_nonzero(drawn < estimate) + np.count_nonzero(drawn <= estimate)) / 2
    share = below / len(drawn)
    if not 0 < share < 1:
        return percentile_interval(drawn, confidence)
    bias = NORMAL.inv_cdf(share)
    counts = np.ones(len(left_out)) if weights is None else weights.astype(np.float64)
    distances = np.average(left_out, weights=counts) - left_out
    spread = float((counts * distances**2).sum())
    if spread <= 0:
        return percentile_interval(drawn, confidence)
    acceleration = float((counts * distances**3).sum()) / (6 * spread**1.5)
    ends = []
    for tail in ((1 - confidence) / 2, (1 + confidence) / 2):
        z = bias + NORMAL.inv_cdf(tail)
        ends.append(NORMAL.cdf(bias + z / (1 - acceleration * z)))
    low, high = np.quantile(drawn, ends)
    return float(low), float(high)
