"""Calibration equals scikit-learn's and mends what it is meant to."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV, calibration_curve
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss as their_log_loss

from embedding_lab.metrics.calibration import (
    cross_fitted_logits,
    fit_scale,
    log_loss,
    reliability,
    softmax,
    stratified_halves,
    without_pool_mean,
)
from embedding_lab.metrics.margins import entropy, margins


def overconfident(n=3000, n_classes=5, seed=0, factor=4.0):
    """Logits whose labels were drawn with a quarter of their sharpness."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(n, n_classes))
    chances = softmax(logits)
    true = (chances.cumsum(axis=1) > rng.random((n, 1))).argmax(axis=1)
    return factor * logits, true


def test_log_loss_is_the_one_of_scikit_learn():
    logits, true = overconfident()
    assert log_loss(logits, true) == pytest.approx(their_log_loss(true, softmax(logits)))
    assert np.isfinite(log_loss(np.array([[1e5, -1e5]]), np.array([1])))


def test_the_reliability_curve_is_the_one_of_scikit_learn():
    logits, true = overconfident(n=800)
    confidence = softmax(logits).max(axis=1)
    is_right = logits.argmax(axis=1) == true
    shares, means = calibration_curve(is_right, confidence, n_bins=10)
    ours = reliability(confidence, is_right)
    is_used = ours.counts > 0
    np.testing.assert_allclose(ours.accuracy[is_used], shares)
    np.testing.assert_allclose(ours.confidence[is_used], means)
    counts = ours.counts[is_used]
    assert ours.ece == pytest.approx((counts * np.abs(shares - means)).sum() / 800)


def test_a_confidence_of_one_falls_into_the_last_bin():
    found = reliability(np.array([0.0, 1.0]), np.array([False, True]))
    assert (found.counts[0], found.counts[-1], found.ece) == (1, 1, 0.0)


def test_the_fitted_scale_is_the_one_of_scikit_learn():
    rng = np.random.default_rng(1)
    features = rng.normal(size=(900, 4))
    true = (features[:, 0] + rng.normal(size=900) > 0).astype(int) + (features[:, 1] > 1)
    model = LogisticRegression(C=100).fit(features[:300] * 0.3, true[:300])
    scaled = CalibratedClassifierCV(FrozenEstimator(model), method="temperature", ensemble=False)
    scaled.fit(features[300:], true[300:])
    theirs = scaled.calibrated_classifiers_[0].calibrators[0].beta_
    ours = fit_scale(model.decision_function(features[300:]), true[300:])
    assert ours == pytest.approx(theirs, rel=1e-3)


def test_a_temperature_mends_logits_that_are_too_sharp():
    logits, true = overconfident(factor=4.0)
    assert fit_scale(logits, true) == pytest.approx(0.25, rel=0.15)
    mended = cross_fitted_logits(logits, true, stratified_halves(true))
    is_right = logits.argmax(axis=1) == true
    before = reliability(softmax(logits).max(axis=1), is_right).ece
    after = reliability(softmax(mended).max(axis=1), is_right).ece
    assert after < 0.05 < before
    np.testing.assert_array_equal(mended.argmax(axis=1), logits.argmax(axis=1))


def test_a_scale_that_could_grow_without_end_stops():
    logits = np.array([[1.0, 0.0], [0.0, 1.0]])
    assert fit_scale(logits, np.array([0, 1])) <= 1e4
    assert fit_scale(logits, np.array([1, 0])) == pytest.approx(1e-3, rel=0.01)


def test_halves_hold_half_of_each_class():
    true = np.repeat([0, 1, 2], [10, 7, 1])
    halves = stratified_halves(true, seed=3)
    counts = [np.bincount(halves[true == number], minlength=2) for number in range(3)]
    assert all(abs(int(a) - int(b)) <= 1 for a, b in counts)
    assert set(halves) == {0, 1}


def test_the_pool_mean_takes_away_the_advantage_of_a_class_that_is_near_everything():
    rng = np.random.default_rng(0)
    true = rng.integers(0, 3, 600)
    similarities = rng.normal(size=(600, 3)) * 0.3
    similarities[np.arange(600), true] += 1.0
    favoured = similarities + np.array([1.0, 0.0, 0.0])
    mended = without_pool_mean(favoured, favoured.mean(axis=0))
    before = np.mean(favoured.argmax(axis=1) == true)
    assert np.mean(mended.argmax(axis=1) == true) > before + 0.2


def test_margins_are_the_lead_of_the_best_class():
    scores = np.array([[0.1, 0.5, 0.3], [0.2, 0.2, 0.1]], dtype=np.float32)
    np.testing.assert_allclose(margins(scores), [0.2, 0.0], atol=1e-7)
    assert margins(np.ones((2, 1), dtype=np.float32)).tolist() == [0.0, 0.0]


def test_disagreement_is_entropy_in_nats():
    votes = np.array([[0, 0, 1, 2], [1, 1, 1, 1]])
    np.testing.assert_allclose(entropy(votes, 3), [1.0397, 0.0], atol=5e-5)
