"""Labelled rows split into a few examples to search on and the others, which judge the result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.errors import UsageError
from embedding_lab.metrics.intervals import wilson_interval
from embedding_lab.metrics.paired_tests import compare_accuracy
from embedding_lab.metrics.verdict import holm, verdict
from embedding_lab.prompt_optimizers import baselines
from embedding_lab.prompt_optimizers.fitness import log_probabilities

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from embedding_lab.prompt_optimizers.problem import LabelledPrompts
    from embedding_lab.prompts.scoring import Vectors

# So many similarities are held at once.
NUMBERS_AT_ONCE = 1 << 22
BASELINES = {
    "the first template": baselines.first_template,
    "all templates": baselines.template_ensemble,
    "all templates and descriptions": baselines.all_prompts,
    "the nearest prototype": baselines.nearest_prototype,
}


def draw_examples(
    true: NDArray[np.int64], shots: int, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Draw examples of each class, at most half of what it has.

    Parameters
    ----------
    true : ndarray of int64, shape (n,)
        The class of each item.
    shots : int
        How many examples of each class to draw.
    seed : int
        For the draw.

    Returns
    -------
    examples, held_out : ndarray of int64
        Positions of the examples and of all other items, ascending.

    Raises
    ------
    UsageError
        If no class has two items.
    """
    rng = np.random.default_rng(seed)
    drawn = []
    for number in np.unique(true):
        own = rng.permutation(np.flatnonzero(true == number))
        drawn.append(own[: min(shots, len(own) // 2)])
    examples = np.sort(np.concatenate(drawn))
    if not len(examples):
        raise UsageError(
            "No class has two labelled rows: one to search on and one to judge the result by.",
            hint="Label more rows, or look at more of them.",
        )
    return examples, np.setdiff1d(np.arange(len(true)), examples)


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Items that no search has seen.

    Attributes
    ----------
    items : Vectors, n of length d
        Read block by block.
    at : ndarray of int64, shape (m,)
        Which of the items.
    true : ndarray of int64, shape (m,)
        Their classes.
    check : callable, optional
        Called between blocks; may raise to stop.
    """

    items: Vectors
    at: NDArray[np.int64]
    true: NDArray[np.int64]
    check: Callable[[], None] = lambda: None

    def is_right(self, weights: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Return which items the class vectors, shape (classes, d), classify right, shape (m,)."""
        return np.concatenate(
            [
                baselines.classify(items, weights) == true
                for items, true in self._blocks(max(weights.shape))
            ]
        )

    def log_likelihood(self, weights: NDArray[np.float32], scale: float) -> float:
        """Return the mean log probability of the true class after a softmax."""
        total = 0.0
        for items, true in self._blocks(max(weights.shape)):
            probabilities = log_probabilities(scale * (items @ weights.T))
            total += float(probabilities[np.arange(len(true)), true].sum())
        return total / len(self.at)

    def _blocks(self, width: int) -> Iterator[tuple[NDArray[np.float32], NDArray[np.int64]]]:
        step = max(1, NUMBERS_AT_ONCE // width)
        for first in range(0, len(self.at), step):
            self.check()
            part = slice(first, first + step)
            yield self.items[self.at[part]], self.true[part]


def compared_with_baselines(
    problem: LabelledPrompts, found: NDArray[np.float32], held_out: HeldOut, seed: int = 0
) -> dict[str, Any]:
    """Compare class vectors that were searched for with those that need no search.

    Parameters
    ----------
    problem : LabelledPrompts
        What the search was given.
    found : ndarray of float32, shape (classes, d)
        The class vectors it found.
    held_out : HeldOut
        What both are judged on.
    seed : int, default 0
        For the bootstrap.

    Returns
    -------
    dict
        ``train_accuracy``, ``accuracy`` and ``accuracy_ci`` on the items held out, ``n_held_out``,
        ``baselines``, each with the same figures and with ``difference`` (found minus baseline),
        ``difference_ci`` (paired bootstrap), ``p_value`` (McNemar, corrected by Holm) and
        ``verdict`` on the found prompts; and ``best_baseline``, the name of the most accurate.
    """
    is_right = held_out.is_right(found)
    entries, differences = [], []
    for name, weights_of in BASELINES.items():
        weights = weights_of(problem)
        by_baseline = held_out.is_right(weights)
        entries.append({"name": name} | _accuracies(problem, weights, by_baseline))
        differences.append(compare_accuracy(by_baseline, is_right, seed=seed, check=held_out.check))
    corrected = holm([difference.p_value for difference in differences])
    for entry, difference, p_value in zip(entries, differences, corrected, strict=True):
        entry |= {
            "difference": difference.value,
            "difference_ci": list(difference.interval),
            "p_value": p_value,
            "verdict": verdict(difference, p_value).value,
        }
    best = max(entries, key=lambda entry: entry["accuracy"])
    return _accuracies(problem, found, is_right) | {
        "n_held_out": len(is_right),
        "baselines": entries,
        "best_baseline": best["name"],
    }


def warnings_about(comparison: dict[str, Any]) -> list[str]:
    """Return a sentence for each baseline above the found prompts on the items held out."""
    return [
        f"On rows the search has not seen, its prompts reach {comparison['accuracy']:.4f} and "
        f"{entry['name']} {entry['accuracy']:.4f}: {entry['verdict']}."
        for entry in comparison["baselines"]
        if entry["accuracy"] > comparison["accuracy"]
    ]


def _accuracies(
    problem: LabelledPrompts, weights: NDArray[np.float32], is_right: NDArray[np.bool_]
) -> dict[str, Any]:
    on_examples = baselines.classify(problem.items, weights) == problem.labels
    n_right = int(is_right.sum())
    return {
        "train_accuracy": float(on_examples.mean()),
        "accuracy": n_right / len(is_right),
        "accuracy_ci": list(wilson_interval(n_right, len(is_right))),
    }
