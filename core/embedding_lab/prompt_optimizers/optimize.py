"""Driving a prompt optimizer: evaluate what it proposes, report, and explain what came out."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.contracts import PromptSet
from embedding_lab.prompt_optimizers.fitness import Evaluator

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from embedding_lab.contracts import Fitness, PromptOptimizer
    from embedding_lab.prompt_optimizers.problem import LabelledPrompts

CHECK_EVERY = 64


@dataclass(frozen=True)
class Step:
    """How far a search has come after one proposal: the best set so far, and what it reaches.

    ``total`` is how many steps there are at most.
    """

    number: int
    total: int
    stage: str
    n_evaluated: int
    score: float
    accuracy: float
    log_likelihood: float


@dataclass(frozen=True, eq=False)
class Optimization:
    """What a search found.

    Attributes
    ----------
    best : PromptSet
        The set with the highest fitness, the first of them where several tie.
    fitness : Fitness
        What it reaches on the examples.
    template_gains, description_gains : ndarray of float64, shapes (templates,), (descriptions,)
        For every prompt of the library, chosen or not, the fitness with it minus the fitness
        without it, all else as in ``best``. NaN for the only template of a set.
    harmful : list of int
        The descriptions with a negative gain: they make the best set worse, or would.
    history : list of Step
        One entry for each proposal.
    n_evaluated : int
        How many different sets the search evaluated.
    classes_without_examples : list of int
        The classes on which the fitness says nothing.
    """

    best: PromptSet
    fitness: Fitness
    template_gains: NDArray[np.float64]
    description_gains: NDArray[np.float64]
    harmful: list[int]
    history: list[Step]
    n_evaluated: int
    classes_without_examples: list[int]

    def descriptions_of(self, problem: LabelledPrompts, number: int) -> list[int]:
        """Return the chosen descriptions of one class, ascending."""
        return [d for d in sorted(self.best.descriptions) if problem.owners[d] == number]


class _Search:
    """The best prompt set of those evaluated so far."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self.best = PromptSet(frozenset())
        self.fitness: Fitness | None = None

    def evaluate(self, candidate: PromptSet) -> Fitness:
        fitness = self._evaluator.fitness(candidate)
        if self.fitness is None or fitness.score > self.fitness.score:
            self.best, self.fitness = candidate, fitness
        return fitness


def optimize(
    problem: LabelledPrompts,
    optimizer: PromptOptimizer,
    progress: Callable[[Step], None] = lambda _: None,
    check: Callable[[], None] = lambda: None,
) -> Optimization:
    """Search the best prompt set with a method of the family.

    Parameters
    ----------
    problem : LabelledPrompts
        The library of prompts and the labelled examples.
    optimizer : PromptOptimizer
        The method.
    progress : callable, optional
        Called after each proposal with the best so far; may raise to stop.
    check : callable, optional
        Called every few dozen evaluations; may raise to stop.
    """
    evaluator = Evaluator(problem, optimizer.scale, optimizer.log_weight)
    search = _Search(evaluator)
    history: list[Step] = []
    total = optimizer.n_proposals(problem)
    proposals = optimizer.propose(problem)
    with suppress(StopIteration):
        proposal = next(proposals)
        while True:
            scored = []
            for number, candidate in enumerate(proposal.candidates):
                if number % CHECK_EVERY == 0:
                    check()
                scored.append(search.evaluate(candidate))
            history.append(_step(search, proposal.stage, len(history) + 1, total, evaluator))
            progress(history[-1])
            proposal = proposals.send(scored)
    return _explained(problem, search, evaluator, history, check)


def _step(search: _Search, stage: str, number: int, total: int, evaluator: Evaluator) -> Step:
    best = search.fitness
    if best is None:
        raise ValueError("the first proposal held no candidate")
    return Step(
        number,
        total,
        stage,
        evaluator.n_evaluated,
        best.score,
        best.accuracy,
        best.log_likelihood,
    )


def _explained(
    problem: LabelledPrompts,
    search: _Search,
    evaluator: Evaluator,
    history: list[Step],
    check: Callable[[], None],
) -> Optimization:
    best, fitness = search.best, search.fitness
    if fitness is None:
        raise ValueError("the optimizer proposed nothing")
    n_evaluated = evaluator.n_evaluated

    def gain(present: PromptSet, absent: PromptSet) -> float:
        check()
        if not absent.templates:
            return float("nan")
        return evaluator.fitness(present).score - evaluator.fitness(absent).score

    template_gains = np.array(
        [
            gain(
                PromptSet(best.templates | {number}, best.descriptions),
                PromptSet(best.templates - {number}, best.descriptions),
            )
            for number in range(len(problem.templates))
        ]
    )
    description_gains = np.array(
        [
            gain(
                PromptSet(best.templates, best.descriptions | {number}),
                PromptSet(best.templates, best.descriptions - {number}),
            )
            for number in range(len(problem.descriptions))
        ]
    )
    return Optimization(
        best=best,
        fitness=fitness,
        template_gains=template_gains,
        description_gains=description_gains,
        harmful=np.flatnonzero(description_gains < 0).tolist(),
        history=history,
        n_evaluated=n_evaluated,
        classes_without_examples=problem.classes_without_examples,
    )
