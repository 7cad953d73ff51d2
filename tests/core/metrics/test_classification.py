"""Metrics of classes equal scikit-learn's."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn import metrics as theirs

from embedding_lab.metrics.classification import (
    accuracy,
    class_scores,
    confusion_matrix,
    is_in_top_k,
    macro_f1,
    macro_f1_of_counts,
)


def drawn(seed, n=300, n_classes=6, skill=0.5):
    rng = np.random.default_rng(seed)
    true = rng.integers(0, n_classes, n)
    predicted = np.where(rng.random(n) < skill, true, rng.integers(0, n_classes, n))
    return true, predicted


CASES = [
    *[(*drawn(seed), 6) for seed in range(5)],
    (np.array([0, 0, 1, 1]), np.array([0, 0, 0, 0]), 2),
    (np.array([0, 0, 2]), np.array([0, 2, 2]), 5),
    (np.array([3]), np.array([1]), 4),
]


@pytest.mark.parametrize(("true", "predicted", "n_classes"), CASES)
def test_every_figure_is_the_one_of_scikit_learn(true, predicted, n_classes):
    confusion = confusion_matrix(true, predicted, n_classes)
    labels = list(range(n_classes))
    np.testing.assert_array_equal(
        confusion, theirs.confusion_matrix(true, predicted, labels=labels)
    )
    assert accuracy(true, predicted) == theirs.accuracy_score(true, predicted)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert macro_f1(confusion) == pytest.approx(
            theirs.f1_score(true, predicted, average="macro"), abs=1e-12
        )
        precision, recall, f1, support = theirs.precision_recall_fscore_support(
            true, predicted, labels=labels, zero_division=0
        )
    scores = class_scores(confusion)
    np.testing.assert_allclose(scores.precision, precision, atol=1e-12)
    np.testing.assert_allclose(scores.recall, recall, atol=1e-12)
    np.testing.assert_allclose(scores.f1, f1, atol=1e-12)
    np.testing.assert_array_equal(scores.support, support)


def test_many_matrices_at_once_give_the_macro_f1_of_each():
    matrices = [confusion_matrix(*drawn(seed, n=40), 6) for seed in range(20)]
    right = np.array([np.diagonal(m) for m in matrices], dtype=np.float64)
    support = np.array([m.sum(axis=1) for m in matrices], dtype=np.float64)
    predicted = np.array([m.sum(axis=0) for m in matrices], dtype=np.float64)
    np.testing.assert_allclose(
        macro_f1_of_counts(right, support, predicted), [macro_f1(m) for m in matrices]
    )


@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_top_k_accuracy_is_the_one_of_scikit_learn(k):
    rng = np.random.default_rng(k)
    scores = rng.normal(size=(200, 6)).astype(np.float32)
    true = rng.integers(0, 6, 200)
    assert is_in_top_k(scores, true, k).mean() == pytest.approx(
        theirs.top_k_accuracy_score(true, scores, k=k, labels=range(6))
    )


def test_of_equal_scores_the_first_class_is_the_one_that_argmax_takes():
    scores = np.zeros((2, 3), dtype=np.float32)
    np.testing.assert_array_equal(is_in_top_k(scores, np.array([0, 1]), 1), [True, False])
    np.testing.assert_array_equal(is_in_top_k(scores, np.array([1, 2]), 2), [True, False])


def test_nothing_at_all_scores_nothing():
    assert accuracy(np.zeros(0, dtype=int), np.zeros(0, dtype=int)) == 0.0
    assert macro_f1(np.zeros((3, 3), dtype=np.int64)) == 0.0
