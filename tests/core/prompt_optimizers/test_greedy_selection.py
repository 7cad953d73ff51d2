"""Greedy template selection."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest
from prompt_making import MadeUp, make_problem

from embedding_lab.contracts import PromptSet
from embedding_lab.prompt_optimizers.fitness import Evaluator
from embedding_lab.prompt_optimizers.greedy_selection import GreedySelection
from embedding_lab.prompt_optimizers.optimize import optimize

SMALL = MadeUp(n_super=2, n_per_super=2, n_templates=6, n_descriptions=2, dimension=16)


@pytest.fixture
def problem():
    return make_problem(3, SMALL)[0]


def test_it_begins_with_the_best_template_and_adds_the_one_that_helps_most(problem):
    evaluator = Evaluator(problem, 20.0, 0.1)

    def score(*templates: int) -> float:
        return evaluator.fitness(PromptSet(frozenset(templates))).score

    first = max(range(6), key=score)
    second = max((t for t in range(6) if t != first), key=lambda t: score(first, t))
    one = optimize(problem, GreedySelection(max_templates=1)).best.templates
    assert one == {first}
    two = optimize(problem, GreedySelection(max_templates=2)).best.templates
    assert two == ({first, second} if score(first, second) > score(first) else {first})


def test_nothing_it_could_still_add_would_help(problem):
    found = optimize(problem, GreedySelection())
    evaluator = Evaluator(problem, 20.0, 0.1)
    for template in set(range(6)) - found.best.templates:
        larger = PromptSet(found.best.templates | {template})
        assert evaluator.fitness(larger).score <= found.fitness.score


def test_it_finds_the_best_pair_or_comes_close(problem):
    found = optimize(problem, GreedySelection(max_templates=2))
    evaluator = Evaluator(problem, 20.0, 0.1)
    best = max(
        evaluator.fitness(PromptSet(frozenset(pair))).score for pair in combinations(range(6), 2)
    )
    assert found.fitness.score >= best - 0.15


def test_it_takes_no_more_than_it_may_and_leaves_descriptions_out(problem):
    found = optimize(problem, GreedySelection(max_templates=2))
    assert len(found.best.templates) <= 2
    assert found.best.descriptions == frozenset()
    assert found.n_evaluated <= 6 + 5


def test_a_single_template_is_chosen_at_once(problem):
    alone = replace(problem, templates=problem.templates[:1])
    found = optimize(alone, GreedySelection())
    assert found.best.templates == {0}
    assert len(found.history) == found.history[0].total == 1
