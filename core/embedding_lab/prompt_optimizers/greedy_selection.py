"""Greedy template selection: the best template, then the one that helps it most, and so on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from embedding_lab.contracts import PromptSet, Proposal

if TYPE_CHECKING:
    from embedding_lab.contracts import PromptProblem, Proposals


@dataclass(frozen=True, kw_only=True)
class GreedySelection:
    """Forward selection of templates, one at a time, until none raises the fitness.

    The standard way to choose members of an ensemble (Caruana et al. 2004), without repetition.
    Descriptions are left out. Nothing is left to chance.

    Parameters
    ----------
    scale : float, default 20
        What cosines are multiplied by before the softmax, 1 / temperature.
    log_weight : float, default 0.1
        Weight of the mean log likelihood beside the accuracy.
    max_templates : int, default 8
        How many templates to choose at most.

    Examples
    --------
    >>> import numpy as np
    >>> from embedding_lab.prompt_optimizers.optimize import optimize
    >>> from embedding_lab.prompt_optimizers.problem import LabelledPrompts
    >>> templates = np.array([[[0, 1], [1, 0]], [[1, 0], [0, 1]]], dtype=np.float32)
    >>> problem = LabelledPrompts(templates, np.eye(2, dtype=np.float32), np.arange(2))
    >>> sorted(optimize(problem, GreedySelection()).best.templates)
    [1]
    """

    scale: float = 20.0
    log_weight: float = 0.1
    max_templates: int = 8

    def propose(self, problem: PromptProblem) -> Proposals:
        """Propose every unused template beside the chosen ones, as long as one of them helps."""
        chosen: frozenset[int] = frozenset()
        best = float("-inf")
        for number in range(1, self.n_proposals(problem) + 1):
            unused = [t for t in range(len(problem.templates)) if t not in chosen]
            candidates = [PromptSet(chosen | {template}) for template in unused]
            scored = yield Proposal(f"Choosing template {number}", candidates)
            scores = [fitness.score for fitness in scored]
            if max(scores) <= best:
                return
            best = max(scores)
            chosen |= {unused[scores.index(best)]}

    def n_proposals(self, problem: PromptProblem) -> int:
        """Return how many templates are chosen at most."""
        return min(self.max_templates, len(problem.templates))
