"""What a found prompt set must be compared with: class vectors that need no search."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.contracts import PromptSet
from embedding_lab.prompt_optimizers.problem import normalized

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedding_lab.prompt_optimizers.problem import LabelledPrompts


def first_template(problem: LabelledPrompts) -> NDArray[np.float32]:
    """Return the class vectors of the first template alone, shape (classes, d)."""
    return problem.class_weights(PromptSet(frozenset({0})))


def template_ensemble(problem: LabelledPrompts) -> NDArray[np.float32]:
    """Return the class vectors of all templates together, shape (classes, d)."""
    return problem.class_weights(PromptSet(_all(problem.templates)))


def all_prompts(problem: LabelledPrompts) -> NDArray[np.float32]:
    """Return the class vectors of all templates and all descriptions, shape (classes, d)."""
    return problem.class_weights(PromptSet(_all(problem.templates), _all(problem.descriptions)))


def nearest_prototype(problem: LabelledPrompts) -> NDArray[np.float32]:
    """Return the normalized mean of each class's examples, shape (classes, d).

    The class vector of a class without an example is zero, so :func:`classify` never chooses it.
    """
    total = np.zeros((problem.n_classes, problem.dimension), dtype=np.float32)
    np.add.at(total, problem.labels, problem.items)
    return normalized(total)


def classify(items: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the class whose vector is nearest to each item, shape (n,)."""
    similarities = items @ weights.T
    similarities[:, ~weights.any(axis=1)] = -np.inf
    answers: NDArray[np.int64] = similarities.argmax(axis=1)
    return answers


def _all(prompts: NDArray[np.float32]) -> frozenset[int]:
    return frozenset(range(len(prompts)))
