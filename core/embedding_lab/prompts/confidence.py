"""How far the confidence of a zero-shot test can be believed, before and after it is mended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.metrics.calibration import (
    cross_fitted_logits,
    fit_scale,
    log_loss,
    reliability,
    softmax,
    stratified_halves,
    without_pool_mean,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

# Fitting a temperature looks at all numbers some thirty times.
MOST_NUMBERS = 4_000_000
NOTE = "Each temperature is fitted on one half of the items and told on the other half, both ways."


def confidence_report(
    ensemble: NDArray[np.float32],
    true: NDArray[np.int64],
    pool_mean: NDArray[np.float32],
    scale: float,
    *,
    seed: int = 0,
    check: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Return reliability, calibration error and log loss of four ways to confidence.

    The ways are the plain softmax, with a fitted temperature, with the pool's mean taken away, and
    with both.

    Parameters
    ----------
    ensemble : ndarray of float32, shape (n, c)
        Cosines of items and classes.
    true : ndarray of int64, shape (n,)
        Class numbers.
    pool_mean : ndarray of float32, shape (c,)
        Each class's mean similarity over the pool.
    scale : float
        What cosines are multiplied with before the softmax.
    seed : int, default 0
        Which items are taken where there are too many, and into which half they go.
    check : callable, optional
        Called between the fits; may raise to stop.
    """
    most = max(2, MOST_NUMBERS // ensemble.shape[1])
    if len(true) > most:
        taken = np.sort(np.random.default_rng(seed).permutation(len(true))[:most])
        ensemble, true = ensemble[taken], true[taken]
    folds = stratified_halves(true, seed)
    ways: dict[str, Any] = {"note": NOTE, "n": len(true)}
    plain_and_pool = {"plain": ensemble, "pool": without_pool_mean(ensemble, pool_mean)}
    for name, similarities in plain_and_pool.items():
        check()
        ways[name] = _facts(scale * similarities, true, scale)
        if len(true) < 2:
            continue
        fitted = fit_scale(similarities, true)
        check()
        logits = cross_fitted_logits(similarities, true, folds)
        ways[f"{name}_temperature"] = _facts(logits, true, fitted)
    return ways


def _facts(logits: NDArray[np.floating], true: NDArray[np.int64], scale: float) -> dict[str, Any]:
    probabilities = softmax(logits)
    is_right = logits.argmax(axis=1) == true
    bins = reliability(probabilities.max(axis=1), is_right)
    return {
        "scale": scale,
        "temperature": 1 / scale,
        "ece": bins.ece,
        "log_loss": log_loss(logits, true),
        "reliability": {
            "edges": bins.edges.tolist(),
            "confidence": bins.confidence.tolist(),
            "accuracy": bins.accuracy.tolist(),
            "counts": bins.counts.tolist(),
        },
    }
