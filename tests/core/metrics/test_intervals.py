"""Intervals equal SciPy's and cover what they promise."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from embedding_lab.metrics.class_bootstrap import _Cells, macro_f1_interval
from embedding_lab.metrics.classification import confusion_matrix, macro_f1
from embedding_lab.metrics.intervals import bca_interval, percentile_interval, wilson_interval
from embedding_lab.metrics.paired_tests import paired_interval


@pytest.mark.parametrize(("right", "n"), [(0, 7), (7, 7), (1, 30), (15, 30), (999, 1000)])
@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
def test_wilson_is_the_one_of_scipy(right, n, confidence):
    theirs = stats.binomtest(right, n).proportion_ci(confidence, method="wilson")
    assert wilson_interval(right, n, confidence) == pytest.approx(tuple(theirs), abs=1e-12)


def test_of_no_item_nothing_is_known():
    assert wilson_interval(0, 0) == (0.0, 1.0)
    assert macro_f1_interval(np.zeros((2, 2), dtype=np.int64)) == (0.0, 1.0)


def f1_of(true, predicted):
    return macro_f1(confusion_matrix(true, predicted, 4))


@pytest.mark.parametrize("method", ["percentile", "BCa"])
def test_bootstrap_intervals_are_those_of_scipy_on_the_same_draws(method):
    rng = np.random.default_rng(3)
    true = rng.integers(0, 4, 80)
    predicted = np.where(rng.random(80) < 0.6, true, rng.integers(0, 4, 80))
    theirs = stats.bootstrap(
        (true, predicted),
        f1_of,
        paired=True,
        vectorized=False,
        n_resamples=400,
        method=method,
        rng=np.random.default_rng(0),
    )
    drawn = np.asarray(theirs.bootstrap_distribution)
    if method == "percentile":
        ours = percentile_interval(drawn)
    else:
        left_out = np.array([f1_of(np.delete(true, i), np.delete(predicted, i)) for i in range(80)])
        ours = bca_interval(drawn, f1_of(true, predicted), left_out)
    assert ours == pytest.approx(tuple(theirs.confidence_interval), abs=1e-9)


def test_cells_left_out_together_are_weighted_like_items_left_out_one_by_one():
    rng = np.random.default_rng(1)
    drawn, left_out = rng.normal(size=500), np.repeat([0.1, 0.4, -0.3], [5, 2, 9])
    np.testing.assert_allclose(
        bca_interval(drawn, 0.05, left_out),
        bca_interval(drawn, 0.05, np.array([0.1, 0.4, -0.3]), np.array([5, 2, 9])),
    )


def test_an_interval_of_items_that_are_all_right_is_one_point():
    assert macro_f1_interval(np.diag([5, 9, 2])) == (1.0, 1.0)


def test_counting_cells_gives_the_interval_of_drawing_items():
    rng = np.random.default_rng(5)
    true = rng.integers(0, 3, 150)
    predicted = np.where(rng.random(150) < 0.7, true, rng.integers(0, 3, 150))
    cells = np.arange(150)
    draws = [
        macro_f1(confusion_matrix(true[at], predicted[at], 3))
        for at in (rng.choice(cells, 150) for _ in range(3000))
    ]
    ours = macro_f1_interval(confusion_matrix(true, predicted, 3), n_resamples=3000)
    left_out = [
        macro_f1(confusion_matrix(np.delete(true, i), np.delete(predicted, i), 3)) for i in cells
    ]
    estimate = macro_f1(confusion_matrix(true, predicted, 3))
    theirs = bca_interval(np.array(draws), estimate, np.array(left_out))
    assert ours == pytest.approx(theirs, abs=0.01)


@pytest.mark.parametrize("seed", range(4))
def test_leaving_one_item_out_gives_the_macro_f1_of_the_others(seed):
    rng = np.random.default_rng(seed)
    confusion = rng.poisson(0.7, size=(7, 7))
    confusion[3, :] = confusion[:, 3] = 0
    confusion[3, 4] = 1
    expected = []
    for row, column in zip(*np.nonzero(confusion), strict=True):
        without = confusion.copy()
        without[row, column] -= 1
        expected.append(macro_f1(without))
    np.testing.assert_allclose(_Cells(confusion).left_out(), expected)


def population(n_classes, prior):
    """Return the chances of every (true, predicted) cell, shape (c, c)."""
    rng = np.random.default_rng(n_classes)
    skill = 0.7 + 0.2 * np.sin(np.arange(n_classes))
    chances = rng.dirichlet(np.ones(n_classes), n_classes) * (1 - skill)[:, np.newaxis]
    return (chances + np.diag(skill)) * prior[:, np.newaxis]


def macro_f1_coverage(n_classes, n, prior, repeats, *, is_stratified=False):
    rng = np.random.default_rng(7)
    cells = population(n_classes, prior)
    truth = macro_f1((cells * 1e9).astype(np.int64))
    n_covered = 0
    for repeat in range(repeats):
        if is_stratified:
            sizes = (n * prior).astype(int)
            drawn = [rng.multinomial(k, c / c.sum()) for k, c in zip(sizes, cells, strict=True)]
            confusion = np.stack(drawn)
        else:
            confusion = rng.multinomial(n, cells.ravel()).reshape(cells.shape)
        low, high = macro_f1_interval(
            confusion, is_stratified=is_stratified, n_resamples=400, seed=repeat
        )
        n_covered += low <= truth <= high
    return n_covered / repeats


def wilson_coverage(n, shares):
    """Return the exact chance of covering a share, averaged over shares."""
    right = np.arange(n + 1)
    ends = np.array([wilson_interval(k, n) for k in right])
    return float(
        np.mean(
            [
                stats.binom.pmf(right, n, p)[(ends[:, 0] <= p) & (p <= ends[:, 1])].sum()
                for p in shares
            ]
        )
    )


def difference_coverage(n, repeats):
    rng = np.random.default_rng(11)
    chances = np.array([0.15, 0.65, 0.20])
    truth = chances @ [-1, 0, 1]
    n_covered = 0
    for repeat in range(repeats):
        differences = rng.choice([-1.0, 0.0, 1.0], size=n, p=chances)
        low, high = paired_interval(differences, n_resamples=500, seed=repeat)
        n_covered += low <= truth <= high
    return n_covered / repeats


def test_wilson_intervals_cover_93_to_97_percent():
    for n in (50, 200, 1000):
        assert 0.93 <= wilson_coverage(n, np.linspace(0.05, 0.95, 91)) <= 0.97


def test_macro_f1_intervals_cover_93_to_97_percent():
    assert 0.93 <= macro_f1_coverage(4, 300, np.full(4, 0.25), 500) <= 0.97


def test_intervals_of_a_paired_difference_cover_93_to_97_percent():
    assert 0.93 <= difference_coverage(200, 1500) <= 0.97


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("n_classes", "n"), [(2, 300), (6, 400), (20, 1000)])
@pytest.mark.parametrize("is_stratified", [False, True])
def test_macro_f1_intervals_cover_their_truth_in_many_settings(n_classes, n, is_stratified):
    even = np.full(n_classes, 1 / n_classes)
    skewed = np.arange(1, n_classes + 1) / np.arange(1, n_classes + 1).sum()
    for prior in (even, skewed):
        coverage = macro_f1_coverage(n_classes, n, prior, 2000, is_stratified=is_stratified)
        print(n_classes, n, is_stratified, coverage)
        assert 0.93 <= coverage <= 0.97
