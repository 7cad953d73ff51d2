"""The fitness by hand, and the cache."""

from __future__ import annotations

import numpy as np
import pytest
from prompt_making import MadeUp, make_problem

from embedding_lab.contracts import PromptSet
from embedding_lab.prompt_optimizers.fitness import Evaluator, fitness_of, log_probabilities

SMALL = MadeUp(n_super=2, n_per_super=2, n_templates=5, n_descriptions=2, dimension=16)


def test_two_examples_by_hand():
    fitness = fitness_of(np.array([[2.0, 0.0], [0.0, 1.0]]), np.array([0, 0]), 0.1)
    assert fitness.accuracy == 0.5
    assert fitness.log_likelihood == pytest.approx(-0.72009, abs=5e-6)
    assert fitness.score == pytest.approx(0.42799, abs=5e-6)


def test_huge_logits_do_not_overflow():
    found = log_probabilities(np.array([[1e4, 0.0]], dtype=np.float32))
    np.testing.assert_allclose(found, [[0.0, -1e4]])


def test_a_set_evaluated_twice_is_counted_once():
    problem, _, _ = make_problem(0, SMALL)
    evaluator = Evaluator(problem, 20, 0.1)
    first = evaluator.fitness(PromptSet(frozenset({0, 3}), frozenset({1})))
    assert evaluator.n_evaluated == 1
    again = evaluator.fitness(PromptSet(frozenset([3, 0, 3]), frozenset({1})))
    assert again is first
    assert evaluator.n_evaluated == 1
    evaluator.fitness(PromptSet(frozenset({0, 3})))
    assert evaluator.n_evaluated == 2
