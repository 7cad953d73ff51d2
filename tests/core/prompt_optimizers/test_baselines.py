"""The four baselines."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from prompt_making import MadeUp, make_problem

from embedding_lab.prompt_optimizers import baselines

SMALL = MadeUp(n_super=2, n_per_super=2, n_templates=5, n_descriptions=2, dimension=16)


@pytest.fixture
def problem():
    return make_problem(0, SMALL)[0]


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def test_the_baselines_by_hand(problem):
    t, d = problem.templates, problem.descriptions
    np.testing.assert_allclose(baselines.first_template(problem), t[0], atol=1e-6)
    np.testing.assert_allclose(baselines.template_ensemble(problem), unit(t.sum(0)), atol=1e-6)
    every = unit(t.sum(0) + d.reshape(4, 2, -1).sum(1))
    np.testing.assert_allclose(baselines.all_prompts(problem), every, atol=1e-6)
    means = [problem.items[problem.labels == number].mean(axis=0) for number in range(4)]
    np.testing.assert_allclose(
        baselines.nearest_prototype(problem), unit(np.array(means)), atol=1e-6
    )


def test_a_class_without_an_example_is_never_the_nearest_prototype(problem):
    is_kept = problem.labels != 2
    fewer = replace(problem, items=problem.items[is_kept], labels=problem.labels[is_kept])
    answers = baselines.classify(-problem.items, baselines.nearest_prototype(fewer))
    assert 2 not in answers


def test_items_are_given_the_class_of_the_highest_cosine(problem):
    weights = baselines.template_ensemble(problem)
    np.testing.assert_array_equal(baselines.classify(weights, weights), np.arange(4))
