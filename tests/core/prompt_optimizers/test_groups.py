"""Which classes are edited together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from prompt_making import MadeUp, make_problem

from embedding_lab.contracts import PromptSet
from embedding_lab.prompt_optimizers.groups import (
    best_clusters,
    class_errors,
    k_means,
    sample_groups,
    silhouette,
)


@pytest.fixture
def three_heaps() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    truth = np.repeat([0, 1, 2], 8)
    centres = np.array([[0.0, 0.0], [6.0, 0.0], [0.0, 6.0]])
    return centres[truth] + rng.normal(scale=0.4, size=(24, 2)), truth


def partition(clusters: np.ndarray) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(clusters == name).tolist()) for name in set(clusters.tolist())}


def test_k_means_finds_heaps_that_lie_apart(three_heaps):
    points, truth = three_heaps
    assert partition(k_means(points, 3, np.random.default_rng(1))) == partition(truth)


def test_the_number_of_clusters_is_that_of_the_highest_silhouette(three_heaps):
    points, truth = three_heaps
    assert partition(best_clusters(points, np.random.default_rng(1))) == partition(truth)


def test_the_silhouette_by_hand():
    points = np.array([[0.0], [1.0], [10.0]])
    # Point 0: a = 1, b = 10; point 1: a = 1, b = 9; point 2 is alone.
    expected = ((10 - 1) / 10 + (9 - 1) / 9 + 0) / 3
    assert silhouette(points, np.array([4, 4, 7])) == pytest.approx(expected)
    assert silhouette(points, np.array([0, 0, 0])) == -1


def test_points_that_coincide_do_not_break_the_clusters():
    points = np.ones((6, 3))
    assert len(best_clusters(points, np.random.default_rng(0))) == 6
    assert best_clusters(points[:2], np.random.default_rng(0)).tolist() == [0, 0]


def test_errors_of_classes_by_hand():
    probability = np.array([[0.7, 0.2, 0.1], [0.3, 0.6, 0.1], [0.25, 0.25, 0.5]])
    losses, confusions = class_errors(np.log(probability), np.array([0, 0, 2]))
    np.testing.assert_allclose(losses, [-np.log([0.7, 0.3]).mean(), np.nan, -np.log(0.5)])
    np.testing.assert_allclose(confusions, [[0, 0.8, 0.2], [0, 0, 0], [0.25, 0.25, 0]])


def test_the_worst_class_comes_first_with_those_it_is_taken_for():
    made_up = MadeUp()
    problem, _, _ = make_problem(0, made_up)
    prompts = PromptSet(frozenset(range(20)))
    groups = sample_groups(problem, prompts, 20.0, 4, np.random.default_rng(0))
    assert 1 <= len(groups) <= 4
    assert all(1 <= len(group) <= int(2.5 * np.log(12)) for group in groups)
    weights = problem.class_weights(prompts)
    logits = 20 * problem.items @ weights.T
    own = logits[np.arange(len(logits)), problem.labels] - np.log(np.exp(logits).sum(axis=1))
    losses = [-own[problem.labels == number].mean() for number in range(12)]
    assert groups[0][0] == int(np.argmax(losses))
    # Its rivals are mostly its siblings: classes of the same super-class.
    siblings = {c for c in groups[0][1:4] if c // 4 == groups[0][0] // 4}
    assert len(siblings) >= 2


def test_classes_without_an_example_are_not_considered():
    problem, _, _ = make_problem(1, MadeUp())
    is_kept = problem.labels < 6
    fewer = replace(problem, items=problem.items[is_kept], labels=problem.labels[is_kept])
    prompts = PromptSet(frozenset(range(20)))
    groups = sample_groups(fewer, prompts, 20.0, 4, np.random.default_rng(0))
    assert groups[0][0] < 6
    assert all(max(group) < 6 for group in groups[1:])
