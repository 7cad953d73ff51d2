"""ProAPO: an evolutionary search over templates, then over descriptions of single classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.contracts import PromptSet, Proposal
from embedding_lab.prompt_optimizers.groups import sample_groups
from embedding_lab.prompt_optimizers.moves import Counts, Moves

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from embedding_lab.contracts import Fitness, PromptProblem, Proposals
    from embedding_lab.prompt_optimizers.moves import Members

    Scored = list[tuple[float, Members]]
    Evolution = Generator[Proposal, Sequence[Fitness], Scored]
    Choice = Generator[Proposal, Sequence[Fitness], PromptSet]


@dataclass(frozen=True, kw_only=True)
class ProAPO:
    """Progressive automatic prompt optimization (Qu et al. 2025, arXiv 2502.19844).

    Stage 1 searches the templates that all classes share; stage 2 keeps them and searches the
    descriptions of single classes.

    The moves, their numbers, the population, the fitness with its log term, prompt sampling and the
    sizes of groups follow the released program. Three things are our own reading: a set may lose
    all its descriptions (removal stops at two templates, but at no description); the classes taken
    for the worst one are weighed by the probability they got; and stage 2 begins with the better
    of the best description of each class and all descriptions that help alone, where the released
    program has coefficients for each data set. Redundancy and top-5 accuracy are not part of the
    fitness.

    Parameters
    ----------
    scale : float, default 20
        What cosines are multiplied by before the softmax, 1 / temperature.
    log_weight : float, default 0.1
        Weight of the mean log likelihood beside the accuracy (the entropy constraint).
    epochs : int, default 8
        Generations of stage 1.
    rounds : int, default 3
        How often stage 2 chooses groups of classes; 0 leaves it out.
    group_epochs : int, default 4
        Generations for each group.
    seed : int, default 0
        The same seed finds the same prompts.
    population : int, default 4
        How many sets survive a generation.
    edits : int, default 8
        Additions, removals and replacements of each parent, as many of each.
    mutations : int, default 8
        Fresh random sets in a generation.
    crossovers : int, default 16
        Children of two parents in a generation.
    max_groups : int, default 4
        Groups of classes in a round.
    near_copy : float, default 0.98
        Descriptions of a class with a higher cosine count as copies; the best is kept.

    Examples
    --------
    >>> import numpy as np
    >>> from embedding_lab.prompt_optimizers.optimize import optimize
    >>> from embedding_lab.prompt_optimizers.problem import LabelledPrompts
    >>> templates = np.array([[[0, 1], [1, 0]], [[1, 0], [0, 1]]], dtype=np.float32)
    >>> problem = LabelledPrompts(templates, np.eye(2, dtype=np.float32), np.arange(2))
    >>> sorted(optimize(problem, ProAPO()).best.templates)
    [1]
    """

    scale: float = 20.0
    log_weight: float = 0.1
    epochs: int = 8
    rounds: int = 3
    group_epochs: int = 4
    seed: int = 0
    population: int = 4
    edits: int = 8
    mutations: int = 8
    crossovers: int = 16
    max_groups: int = 4
    near_copy: float = 0.98

    def propose(self, problem: PromptProblem) -> Proposals:
        """Propose the generations of both stages."""
        rng = np.random.default_rng(self.seed)
        moves = Moves(range(len(problem.templates)), self._counts, rng)
        start = moves.random_singles(self.population)
        scored = yield Proposal("Templates", [PromptSet(members) for members in start])
        population = yield from self._evolve(
            moves, _paired(scored, start), PromptSet, self.epochs, "Templates"
        )
        best = PromptSet(population[0][1])
        if not self.rounds or not len(problem.descriptions):
            return
        helpful = yield from self._sample_prompts(problem, best)
        best = yield from self._choose_start(problem, best, helpful)
        for number in range(1, self.rounds + 1):
            groups = sample_groups(problem, best, self.scale, self.max_groups, rng)
            for group in groups:
                universe = [d for d in helpful if problem.owners[d] in group]
                stage = f"Descriptions, round {number}"
                best = yield from self._edit_group(best, universe, stage, rng)

    def n_proposals(self, problem: PromptProblem) -> int:
        """Return how many generations there are at most."""
        n = 1 + self.epochs
        if self.rounds and len(problem.descriptions):
            n += 2 + self.rounds * self.max_groups * (self.group_epochs + 1)
        return n

    @property
    def _counts(self) -> Counts:
        return Counts(self.edits, self.mutations, self.crossovers)

    def _evolve(
        self,
        moves: Moves,
        population: Scored,
        as_prompts: Callable[[Members], PromptSet],
        epochs: int,
        stage: str,
    ) -> Evolution:
        """Return the surviving sets after some generations, the best first."""
        for epoch in range(1, epochs + 1):
            children = moves.children([members for _, members in population], epoch)
            if not children:
                break
            scored = yield Proposal(stage, [as_prompts(members) for members in children])
            # Sorting is stable: of sets that tie, the one found first survives.
            together = sorted([*population, *_paired(scored, children)], key=lambda pair: -pair[0])
            population = together[: self.population]
        return population

    def _sample_prompts(
        self, problem: PromptProblem, best: PromptSet
    ) -> Generator[Proposal, Sequence[Fitness], list[int]]:
        """Return the descriptions that do not lower the fitness alone, without near copies.

        The best come first.
        """
        alone = [frozenset({d}) for d in range(len(problem.descriptions))]
        candidates = [best, *(PromptSet(best.templates, members) for members in alone)]
        scored = yield Proposal("Scoring descriptions", candidates)
        base, scores = scored[0].score, [fitness.score for fitness in scored[1:]]
        kept: list[int] = []
        for d in sorted(range(len(scores)), key=lambda d: -scores[d]):
            own = [k for k in kept if problem.owners[k] == problem.owners[d]]
            cosines = problem.descriptions[own] @ problem.descriptions[d]
            if scores[d] >= base and not np.any(cosines > self.near_copy):
                kept.append(d)
        return kept

    def _choose_start(self, problem: PromptProblem, best: PromptSet, helpful: list[int]) -> Choice:
        """Return the best of no description, the best one of each class, and all that help."""
        first_of_class: dict[int, int] = {}
        for d in helpful:
            first_of_class.setdefault(int(problem.owners[d]), d)
        starts = [
            best,
            PromptSet(best.templates, frozenset(first_of_class.values())),
            PromptSet(best.templates, frozenset(helpful)),
        ]
        scored = yield Proposal("Choosing where to begin", starts)
        scores = [fitness.score for fitness in scored]
        return starts[scores.index(max(scores))]

    def _edit_group(
        self, best: PromptSet, universe: list[int], stage: str, rng: np.random.Generator
    ) -> Choice:
        """Return the best set after evolving the descriptions of one group of classes."""
        if not universe:
            return best
        others = best.descriptions - set(universe)

        def as_prompts(members: Members) -> PromptSet:
            return PromptSet(best.templates, others | members)

        moves = Moves(universe, self._counts, rng, smallest=0)
        start = moves.new([best.descriptions & set(universe)])
        scored = yield Proposal(stage, [as_prompts(members) for members in start])
        population = yield from self._evolve(
            moves, _paired(scored, start), as_prompts, self.group_epochs, stage
        )
        return as_prompts(population[0][1])


def _paired(scored: Sequence[Fitness], sets: Sequence[Members]) -> Scored:
    """Return scores with their sets, the best first."""
    pairs = [(fitness.score, members) for fitness, members in zip(scored, sets, strict=True)]
    return sorted(pairs, key=lambda pair: -pair[0])
