"""The driver: history, gains, progress and stopping, with both methods of the family."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from prompt_making import MadeUp, make_problem

from embedding_lab.contracts import PromptSet
from embedding_lab.prompt_optimizers.fitness import Evaluator
from embedding_lab.prompt_optimizers.greedy_selection import GreedySelection
from embedding_lab.prompt_optimizers.optimize import optimize
from embedding_lab.prompt_optimizers.proapo import ProAPO

SMALL = MadeUp(n_super=2, n_per_super=3, n_templates=8, n_descriptions=4, dimension=24)
QUICK = {"epochs": 3, "rounds": 1, "group_epochs": 2}


@pytest.fixture
def problem():
    return make_problem(0, SMALL)[0]


def test_the_best_fitness_never_falls_and_every_step_is_told(problem):
    told = []
    found = optimize(problem, ProAPO(**QUICK), told.append)
    assert found.history == told
    scores = [step.score for step in told]
    assert scores == sorted(scores)
    assert scores[-1] == found.fitness.score
    assert [step.number for step in told] == list(range(1, len(told) + 1))
    assert all(len(told) <= step.total for step in told)
    assert told[-1].n_evaluated == found.n_evaluated


def test_the_gain_of_every_prompt_is_the_fitness_with_it_minus_without_it(problem):
    found = optimize(problem, ProAPO(**QUICK))
    evaluator = Evaluator(problem, 20.0, 0.1)
    best = found.best
    for t in range(8):
        present = evaluator.fitness(PromptSet(best.templates | {t}, best.descriptions)).score
        rest = best.templates - {t}
        if rest:
            absent = evaluator.fitness(PromptSet(rest, best.descriptions)).score
            assert found.template_gains[t] == pytest.approx(present - absent)
        else:
            assert np.isnan(found.template_gains[t])
    for d in range(24):
        present = evaluator.fitness(PromptSet(best.templates, best.descriptions | {d})).score
        absent = evaluator.fitness(PromptSet(best.templates, best.descriptions - {d})).score
        assert found.description_gains[d] == pytest.approx(present - absent)
    assert found.harmful == [d for d in range(24) if found.description_gains[d] < 0]


def test_the_only_template_has_no_gain(problem):
    found = optimize(problem, GreedySelection(max_templates=1))
    (chosen,) = found.best.templates
    assert np.flatnonzero(np.isnan(found.template_gains)).tolist() == [chosen]


def test_descriptions_of_the_best_set_are_told_by_class(problem):
    found = optimize(problem, ProAPO(**QUICK))
    by_class = [found.descriptions_of(problem, number) for number in range(6)]
    assert sorted(d for own in by_class for d in own) == sorted(found.best.descriptions)
    assert all(problem.owners[d] == number for number in range(6) for d in by_class[number])


def test_check_stops_the_search_within_a_few_evaluations(problem):
    calls = 0

    def stop() -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        optimize(problem, ProAPO(), check=stop)


def test_classes_without_an_example_are_reported(problem):
    is_kept = problem.labels != 1
    fewer = replace(problem, items=problem.items[is_kept], labels=problem.labels[is_kept])
    assert optimize(fewer, ProAPO(**QUICK)).classes_without_examples == [1]
