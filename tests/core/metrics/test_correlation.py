"""Spearman's correlation, its interval and the comparison of two systems by it."""

from __future__ import annotations

import numpy as np
import pytest

from embedding_lab.metrics.correlation import (
    compare_spearman,
    ranks,
    spearman,
    spearman_interval,
)


def drawn(seed: int, noise: float, n: int = 150) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 6, n).astype(np.float64)
    return truth, truth + noise * rng.normal(size=n)


def test_equal_values_share_the_mean_of_their_ranks():
    assert ranks(np.array([3.0, 1.0, 3.0, 2.0])).tolist() == [3.5, 1, 3.5, 2]
    assert ranks(np.array([[3.0, 1.0], [2.0, 2.0]])).tolist() == [[2, 1], [1.5, 1.5]]


def test_it_is_scipys_correlation():
    from scipy.stats import spearmanr

    truth, values = drawn(0, 2.0)
    assert spearman(values, truth) == pytest.approx(spearmanr(values, truth).statistic)
    assert spearman(np.exp(values), truth) == pytest.approx(spearman(values, truth))
    assert spearman(np.ones(9), np.arange(9.0)) == 0


def test_the_interval_holds_the_true_correlation_about_as_often_as_it_says():
    truth, values = drawn(1, 1.5, 4000)
    rng = np.random.default_rng(2)
    known, n_held = spearman(values, truth), 0
    for _ in range(100):
        chosen = rng.integers(0, 4000, 120)
        low, high = spearman_interval(values[chosen], truth[chosen], n_resamples=300)
        n_held += low <= known <= high
    assert 88 <= n_held <= 99


def test_a_better_system_is_told_from_an_equal_one():
    truth, poor = drawn(3, 3.0)
    good = truth + 0.5 * np.random.default_rng(4).normal(size=len(truth))
    found = compare_spearman(poor, good, truth)
    assert found.value == pytest.approx(spearman(good, truth) - spearman(poor, truth))
    assert found.interval[0] > 0
    assert found.p_value < 0.005
    back = compare_spearman(good, poor, truth)
    assert back.value == pytest.approx(-found.value)
    same = compare_spearman(poor, poor, truth)
    assert (same.value, same.interval, same.p_value) == (0, (0, 0), 1)


def test_systems_that_are_equally_good_are_seldom_told_apart():
    n_found = 0
    for seed in range(60):
        truth, first = drawn(seed, 2.0, 80)
        second = truth + 2.0 * np.random.default_rng(1000 + seed).normal(size=80)
        n_found += compare_spearman(first, second, truth, n_resamples=200).p_value < 0.05
    assert n_found <= 8
