"""Paired tests equal SciPy's; verdicts and corrections do what they say."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from embedding_lab.metrics.paired_tests import (
    Difference,
    compare_accuracy,
    compare_means,
    mcnemar,
    paired_interval,
    sign_flip_test,
)
from embedding_lab.metrics.verdict import Verdict, holm, verdict


def systems(n_both, n_first, n_second, n_none):
    counts = [n_both, n_first, n_second, n_none]
    first = np.repeat([True, True, False, False], counts)
    second = np.repeat([True, False, True, False], counts)
    return first, second


@pytest.mark.parametrize(
    ("n_first", "n_second"), [(0, 0), (1, 0), (0, 9), (5, 5), (12, 25), (140, 96)]
)
def test_mcnemar_is_the_binomial_test_of_scipy(n_first, n_second):
    p = mcnemar(*systems(30, n_first, n_second, 10))
    n = n_first + n_second
    theirs = stats.binomtest(n_first, n).pvalue if n else 1.0
    assert p == pytest.approx(theirs, abs=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_with_few_items_the_sign_flip_test_is_the_exact_one_of_scipy(seed):
    rng = np.random.default_rng(seed)
    first, second = rng.normal(size=(2, 9))
    theirs = stats.permutation_test(
        (second, first),
        lambda a, b: np.mean(a - b),
        permutation_type="samples",
        vectorized=False,
        n_resamples=np.inf,
    )
    assert sign_flip_test(second - first) == pytest.approx(theirs.pvalue, abs=1e-12)


def test_with_many_items_the_sign_flip_test_comes_close_to_the_t_test():
    rng = np.random.default_rng(0)
    differences = rng.normal(0.12, 1.0, 300)
    theirs = stats.ttest_1samp(differences, 0).pvalue
    assert sign_flip_test(differences, n_resamples=20_000) == pytest.approx(theirs, abs=0.01)


def test_for_right_and_wrong_the_sign_flip_test_is_mcnemar():
    first, second = systems(20, 4, 9, 5)
    differences = second.astype(float) - first
    assert sign_flip_test(differences) == pytest.approx(mcnemar(first, second), abs=1e-12)


def test_equal_systems_are_never_told_apart():
    same = np.array([0.1, 0.5, 0.7])
    found = compare_means(same, same)
    assert (found.value, found.interval, found.p_value) == (0.0, (0.0, 0.0), 1.0)
    assert verdict(found) is Verdict.NO_DIFFERENCE


def test_the_same_seed_gives_the_same_p_value_and_never_zero():
    differences = np.full(50, 1.0)
    first = sign_flip_test(differences, n_resamples=99, seed=4)
    assert first == sign_flip_test(differences, n_resamples=99, seed=4) == 1 / 100


def test_the_paired_interval_is_the_percentile_interval_of_scipy():
    rng = np.random.default_rng(2)
    for differences in (rng.choice([-1.0, 0.0, 1.0], 400, p=[0.1, 0.6, 0.3]), rng.normal(size=400)):
        theirs = stats.bootstrap(
            (differences,), np.mean, n_resamples=4000, method="percentile", rng=rng
        ).confidence_interval
        ours = paired_interval(differences, n_resamples=4000)
        assert ours == pytest.approx(tuple(theirs), abs=0.01)


def test_a_verdict_needs_the_interval_and_the_test():
    assert verdict(Difference(0.1, (0.02, 0.2), 0.01)) is Verdict.BETTER
    assert verdict(Difference(-0.1, (-0.2, -0.02), 0.01)) is Verdict.WORSE
    assert verdict(Difference(0.1, (-0.01, 0.2), 0.01)) is Verdict.NO_DIFFERENCE
    assert verdict(Difference(0.1, (0.02, 0.2), 0.2)) is Verdict.NO_DIFFERENCE
    assert verdict(Difference(0.1, (0.02, 0.2), 0.01), p_value=0.06) is Verdict.NO_DIFFERENCE


def test_a_better_system_is_told_with_its_difference():
    first, second = systems(500, 20, 80, 100)
    found = compare_accuracy(first, second)
    assert found.value == pytest.approx(60 / 700)
    assert found.interval[0] < found.value < found.interval[1]
    assert verdict(found) is Verdict.BETTER
    assert verdict(compare_accuracy(second, first)) is Verdict.WORSE


def closed_test(p_values):
    """Holm's procedure as it is derived: reject what every intersection, by Bonferroni, rejects."""
    numbers = range(len(p_values))
    groups = [g for size in numbers for g in combinations(numbers, size + 1)]
    return [
        max(min(1.0, len(g) * min(p_values[i] for i in g)) for g in groups if number in g)
        for number in numbers
    ]


@pytest.mark.parametrize("seed", range(5))
def test_holm_is_the_closed_test_of_bonferroni(seed):
    p_values = np.random.default_rng(seed).random(6) ** 3
    np.testing.assert_allclose(holm(p_values.tolist()), closed_test(p_values))


def test_holm_keeps_one_p_value_and_takes_none():
    assert holm([0.03]) == [0.03]
    assert holm([]) == []
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])


def test_no_item_compares_to_no_difference():
    nothing = np.zeros(0, dtype=bool)
    assert compare_accuracy(nothing, nothing) == Difference(0.0, (0.0, 0.0), 1.0)
