"""Nearest neighbours, mean cosine and separation against their definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from embedding_lab.jobs.cancellation import Cancelled
from embedding_lab.metrics import neighbours
from embedding_lab.metrics.neighbours import leave_one_out, mean_cosine, separation


def points(n=60, n_labels=4, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, n_labels, n)
    vectors = rng.normal(size=(n_labels, 12))[labels] + rng.normal(size=(n, 12))
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit.astype(np.float32), labels


@pytest.mark.parametrize("k", [1, 3])
def test_every_item_is_judged_by_the_others_alone(k):
    vectors, labels = points()
    said = leave_one_out(vectors, labels, k)
    for item in range(len(vectors)):
        others = np.arange(len(vectors)) != item
        similar = vectors[others] @ vectors[item]
        nearest = np.argsort(-similar)[:k]
        votes = np.bincount(labels[others][nearest], similar[nearest] + 2 * k + 1, 4)
        assert said[item] == votes.argmax()
    if k == 1:
        theirs = KNeighborsClassifier(2, metric="cosine").fit(vectors, labels)
        second = theirs.kneighbors(vectors)[1][:, 1]
        assert np.array_equal(said, labels[second])


def test_blocks_change_nothing_and_can_be_stopped_between(monkeypatch):
    vectors, labels = points()
    whole = leave_one_out(vectors, labels, 3)
    monkeypatch.setattr(neighbours, "NUMBERS_AT_ONCE", 500)
    assert np.array_equal(leave_one_out(vectors, labels, 3), whole)

    def stop():
        raise Cancelled

    with pytest.raises(Cancelled):
        leave_one_out(vectors, labels, 3, stop)


def test_more_neighbours_than_items_are_all_others():
    vectors = np.eye(4, dtype=np.float32)
    assert leave_one_out(vectors, np.array([0, 1, 1, 1]), 9).tolist() == [1, 1, 1, 1]


def test_mean_cosine_and_separation_are_those_of_all_pairs():
    vectors, labels = points()
    cosines = vectors.astype(np.float64) @ vectors.T.astype(np.float64)
    is_pair = ~np.eye(len(vectors), dtype=bool)
    is_same = labels[:, None] == labels[None]
    assert mean_cosine(vectors) == pytest.approx(cosines[is_pair].mean(), abs=1e-6)
    expected = cosines[is_pair & is_same].mean() - cosines[~is_same].mean()
    assert separation(vectors, labels) == pytest.approx(expected, abs=1e-6)
    assert separation(vectors, labels) > 0.1


def test_separation_needs_two_of_one_label_and_two_labels():
    vectors, _ = points(5)
    assert math.isnan(separation(vectors, np.zeros(5, dtype=np.int64)))
    assert math.isnan(separation(vectors, np.arange(5)))
