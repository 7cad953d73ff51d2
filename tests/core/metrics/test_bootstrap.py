from __future__ import annotations

import numpy as np
import pytest

from embedding_lab.metrics import bootstrap
from embedding_lab.metrics.bootstrap import bootstrap_intervals


def test_the_interval_is_that_of_the_normal_approximation_for_many_queries():
    values = np.random.default_rng(1).random((4000, 2))
    intervals = bootstrap_intervals(values)
    half = 1.96 * values.std(axis=0) / np.sqrt(len(values))
    np.testing.assert_allclose(intervals[:, 0], values.mean(axis=0) - half, atol=5e-4)
    np.testing.assert_allclose(intervals[:, 1], values.mean(axis=0) + half, atol=5e-4)


def test_it_covers_the_true_mean_about_as_often_as_it_says():
    rng = np.random.default_rng(2)
    samples = rng.exponential(size=(300, 80, 1))
    ends = [
        bootstrap_intervals(sample, n_resamples=400, seed=i) for i, sample in enumerate(samples)
    ]
    covered = np.mean([low <= 1 <= high for [[low, high]] in ends])
    assert 0.88 <= covered <= 0.98


def test_the_same_seed_gives_the_same_interval_however_it_is_chunked(monkeypatch):
    values = np.random.default_rng(3).random((50, 3))
    whole = bootstrap_intervals(values, seed=7)
    assert not np.array_equal(whole, bootstrap_intervals(values, seed=8))
    monkeypatch.setattr(bootstrap, "DRAWS_AT_ONCE", 50 * 64)
    np.testing.assert_allclose(whole, bootstrap_intervals(values, seed=7), atol=1e-15)


def test_a_single_query_has_no_width():
    np.testing.assert_array_equal(bootstrap_intervals(np.array([[0.25]])), [[0.25, 0.25]])


def test_it_can_be_stopped():
    def check():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bootstrap_intervals(np.ones((5, 1)), check=check)
