"""Choosing templates on labelled items, told on others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.metrics.calibration import stratified_halves
from embedding_lab.metrics.intervals import wilson_interval
from embedding_lab.metrics.paired_tests import compare_accuracy
from embedding_lab.metrics.verdict import verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from embedding_lab.prompts.scoring import PromptVectors, Vectors

# Similarities of all templates are held at once; with more items than fit, some are left out.
MOST_NUMBERS = 40_000_000
NOTE = "Chosen on one half of the labelled items, reported on the other half."


@dataclass(frozen=True)
class Selection:
    """The templates a greedy search chose, in that order, and the accuracy after each choice."""

    chosen: tuple[int, ...]
    accuracies: tuple[float, ...]


def choose_templates(
    items: NDArray[np.float32],
    true: NDArray[np.int64],
    vectors: PromptVectors,
    check: Callable[[], None] = lambda: None,
) -> Selection:
    """Add the template that helps most, again and again, until none helps.

    Of equally good templates the earlier one is taken.

    Parameters
    ----------
    items : ndarray of float32, shape (n, d)
        Unit vectors of labelled items.
    true : ndarray of int64, shape (n,)
        Their class numbers.
    vectors : PromptVectors
        The texts of the classes under every template.
    check : callable, optional
        Called for every candidate; may raise to stop.
    """
    similarities = [items @ texts.T for texts in vectors.templates]
    texts = vectors.descriptions.copy()
    total = items @ texts.T
    chosen: list[int] = []
    accuracies: list[float] = []
    best = -1.0
    while len(chosen) < len(similarities):
        found = -1
        for number, similarity in enumerate(similarities):
            if number in chosen:
                continue
            check()
            lengths = np.linalg.norm(texts + vectors.templates[number], axis=1)
            predicted = ((total + similarity) / np.maximum(lengths, 1e-6)).argmax(axis=1)
            share = float(np.mean(predicted == true))
            if share > best:
                best, found = share, number
        if found < 0:
            break
        chosen.append(found)
        accuracies.append(best)
        texts += vectors.templates[found]
        total = total + similarities[found]
    return Selection(tuple(chosen), tuple(accuracies))


def search_templates(
    items: Vectors,
    true: NDArray[np.int64],
    vectors: PromptVectors,
    *,
    seed: int = 0,
    check: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Choose templates on one half of the items and compare them with all templates on the other.

    Parameters
    ----------
    items : Vectors, n of length d
        Labelled items.
    true : ndarray of int64, shape (n,)
        Their class numbers.
    vectors : PromptVectors
        The texts of the classes under every template.
    seed : int, default 0
        For the halves and the bootstrap.
    check : callable, optional
        Called for every candidate; may raise to stop.

    Returns
    -------
    dict
        ``chosen`` (numbers of templates), ``path`` (accuracy on the first half after each choice),
        ``n_chosen_on``, ``n``, ``accuracy`` and ``accuracy_ci`` on the other half, ``all_accuracy``
        of all templates there, ``difference``, ``difference_ci``, ``p_value``, ``verdict``.
    """
    halves = stratified_halves(true, seed)
    first, second = np.flatnonzero(halves == 0), np.flatnonzero(halves == 1)
    n_templates, n_classes, _ = vectors.templates.shape
    most = max(1, MOST_NUMBERS // (n_templates * n_classes))
    if len(first) > most:
        first = np.sort(np.random.default_rng(seed).permutation(first)[:most])
    selection = choose_templates(items[first], true[first], vectors, check)
    held_out = items[second]
    is_right_all, is_right = (
        (held_out @ of.class_vectors().T).argmax(axis=1) == true[second]
        for of in (vectors, vectors.only(selection.chosen))
    )
    difference = compare_accuracy(is_right_all, is_right, seed=seed, check=check)
    n_right = int(is_right.sum())
    return {
        "note": NOTE,
        "chosen": list(selection.chosen),
        "path": list(selection.accuracies),
        "n_chosen_on": len(first),
        "n": len(second),
        "accuracy": n_right / max(len(second), 1),
        "accuracy_ci": list(wilson_interval(n_right, len(second))),
        "all_accuracy": float(is_right_all.mean()) if len(second) else 0.0,
        "difference": difference.value,
        "difference_ci": list(difference.interval),
        "p_value": difference.p_value,
        "verdict": verdict(difference).value,
    }
