"""Whether confidence can be believed, and how it is mended without touching the encoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

N_BINS = 10
# A softmax is tried no flatter and no sharper than this; beyond it nothing changes any more.
SCALES = (1e-3, 1e4)


def softmax(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return probabilities over the last axis."""
    shifted = np.asarray(logits, dtype=np.float64)
    shifted = np.exp(shifted - shifted.max(axis=-1, keepdims=True))
    probabilities: NDArray[np.float64] = shifted / shifted.sum(axis=-1, keepdims=True)
    return probabilities


def log_loss(logits: NDArray[np.floating], true: NDArray[np.int64]) -> float:
    """Return the mean negative log probability of the true class, in nats."""
    wide = np.asarray(logits, dtype=np.float64)
    top = wide.max(axis=1, keepdims=True)
    log_sums = np.log(np.exp(wide - top).sum(axis=1)) + top[:, 0]
    return float(np.mean(log_sums - wide[np.arange(len(true)), true]))


@dataclass(frozen=True)
class Reliability:
    """Items by confidence, in bins of equal width; empty bins have means of 0.

    Attributes
    ----------
    edges : ndarray of float64, shape (b + 1,)
        Where the bins begin and end; each holds its lower edge, the last one also 1.
    confidence, accuracy : ndarray of float64, shape (b,)
        Mean confidence and share of right predictions in each bin.
    counts : ndarray of int64, shape (b,)
        Items in each bin.
    """

    edges: NDArray[np.float64]
    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    counts: NDArray[np.int64]

    @property
    def ece(self) -> float:
        """The expected calibration error: the mean gap, each bin weighted by its items."""
        n = max(int(self.counts.sum()), 1)
        return float((self.counts * np.abs(self.confidence - self.accuracy)).sum() / n)


def reliability(
    confidence: NDArray[np.float64], is_right: NDArray[np.bool_], n_bins: int = N_BINS
) -> Reliability:
    """Sort predictions by their confidence into bins of equal width.

    Parameters
    ----------
    confidence : ndarray of float64, shape (n,)
        The probability of the predicted class, 0 to 1.
    is_right : ndarray of bool, shape (n,)
        Whether the prediction is right.
    n_bins : int, default 10
        How many bins.

    References
    ----------
    C. Guo and others, "On calibration of modern neural networks", ICML 2017, equations 2 and 3.
    """
    edges = np.linspace(0.0, 1.0, n_bins + 1)
    number = np.clip(np.searchsorted(edges, confidence, side="right") - 1, 0, n_bins - 1)
    counts = np.bincount(number, minlength=n_bins)
    at_least_one = np.maximum(counts, 1)
    return Reliability(
        edges,
        np.bincount(number, weights=confidence, minlength=n_bins) / at_least_one,
        np.bincount(number, weights=is_right, minlength=n_bins) / at_least_one,
        counts,
    )


def fit_scale(similarities: NDArray[np.floating], true: NDArray[np.int64]) -> float:
    """Return the scale (one over the temperature) under which the labels are most likely.

    The mean log-likelihood is concave in the scale, so the one optimum is found by bounded search
    over its logarithm.

    Parameters
    ----------
    similarities : ndarray of float, shape (n, c)
        Scores before scaling.
    true : ndarray of int64, shape (n,)
        Class numbers.

    References
    ----------
    C. Guo and others, "On calibration of modern neural networks", ICML 2017, section 4.2.
    """
    from scipy.optimize import minimize_scalar

    low, high = np.log(SCALES)
    wide = np.asarray(similarities, dtype=np.float64)
    found = minimize_scalar(
        lambda exponent: log_loss(np.exp(exponent) * wide, true),
        bounds=(low, high),
        method="bounded",
        options={"xatol": 1e-6},
    )
    return float(np.exp(found.x))


def cross_fitted_logits(
    similarities: NDArray[np.floating], true: NDArray[np.int64], folds: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return logits whose scale was fitted on items of other folds, shape (n, c).

    What is told of them is therefore no praise of labels they have seen.

    Parameters
    ----------
    similarities : ndarray of float, shape (n, c)
        Scores before scaling.
    true, folds : ndarray of int64, shape (n,)
        Class and fold of each item; at least two folds.
    """
    logits = np.empty(similarities.shape)
    for fold in np.unique(folds):
        is_own = folds == fold
        scale = fit_scale(similarities[~is_own], true[~is_own])
        logits[is_own] = scale * similarities[is_own]
    return logits


def stratified_halves(true: NDArray[np.int64], seed: int = 0) -> NDArray[np.int64]:
    """Return 0 or 1 for each item, half of each class each (to one item), shape (n,)."""
    order = np.random.default_rng(seed).permutation(len(true))
    by_class = order[np.argsort(true[order], kind="stable")]
    halves = np.empty(len(true), dtype=np.int64)
    halves[by_class] = np.arange(len(true)) % 2
    return halves


def without_pool_mean(
    similarities: NDArray[np.floating], pool_mean: NDArray[np.floating]
) -> NDArray[np.floating]:
    """Return similarities less what each class scores with unlabelled items on average.

    A class whose words are near everything no longer wins everywhere. It assumes that the pool has
    roughly the class mix of the items.

    Parameters
    ----------
    similarities : ndarray of float, shape (n, c)
        Items by classes.
    pool_mean : ndarray of float, shape (c,)
        Each class's mean similarity over the pool.

    References
    ----------
    T. Zhao and others, "Calibrate before use", ICML 2021, with a pool in place of a blank input.
    """
    return similarities - pool_mean[np.newaxis]
