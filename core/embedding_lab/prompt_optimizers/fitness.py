"""How well class vectors classify labelled examples, and a cache of what was evaluated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.contracts import Fitness

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedding_lab.contracts import PromptProblem, PromptSet


def fitness_of(
    logits: NDArray[np.floating], labels: NDArray[np.int64], log_weight: float
) -> Fitness:
    """Return accuracy plus ``log_weight`` times the mean log probability of the true class.

    The second term, the entropy constraint of ProAPO (arXiv 2502.19844, section 3), separates
    candidates that are right equally often on a handful of examples.

    Parameters
    ----------
    logits : ndarray of float, shape (n, classes)
        Scaled similarities.
    labels : ndarray of int64, shape (n,)
        The true classes.
    log_weight : float
        Weight of the log term, 0 to leave it out.
    """
    accuracy = float(np.mean(logits.argmax(axis=1) == labels))
    log_likelihood = float(log_probabilities(logits)[np.arange(len(labels)), labels].mean())
    return Fitness(accuracy + log_weight * log_likelihood, accuracy, log_likelihood)


def log_probabilities(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the logarithm of the softmax of each row, shape (n, classes)."""
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    found: NDArray[np.float64] = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return found


class Evaluator:
    """Evaluates prompt sets, each only once.

    One evaluation costs n · classes · d multiplications.

    Attributes
    ----------
    n_evaluated : int
        How many different sets were evaluated.
    """

    def __init__(self, problem: PromptProblem, scale: float, log_weight: float) -> None:
        self.n_evaluated = 0
        self._problem = problem
        self._scale = scale
        self._log_weight = log_weight
        self._known: dict[PromptSet, Fitness] = {}

    def fitness(self, prompt_set: PromptSet) -> Fitness:
        """Return the fitness of a prompt set."""
        if prompt_set not in self._known:
            weights = self._problem.class_weights(prompt_set)
            logits = self._scale * (self._problem.items @ weights.T)
            self._known[prompt_set] = fitness_of(logits, self._problem.labels, self._log_weight)
            self.n_evaluated += 1
        return self._known[prompt_set]
