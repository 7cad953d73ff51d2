"""The report at the end of a run: whether the tuned encoder is better, and where not."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab import resources
from embedding_lab.metrics.correlation import compare_spearman, spearman
from embedding_lab.metrics.verdict import verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from embedding_lab.training.contents import ContentReader
    from embedding_lab.training.validations.validation import Measurement, Validation

GENERAL_PAIRS = "samples/pairs-with-scores/pairs.tsv"
MOST_SHOWN = 10


def compared(
    validation: Validation,
    base: Measurement,
    tuned: Measurement,
    check: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Return base and tuned encoder on the same rows, with what the difference shows.

    Returns
    -------
    dict
        ``base`` and ``tuned`` hold each metric's value; ``delta``, ``delta_ci`` (95 %), ``p_value``
        and ``verdict`` are of the main one, which ``metric`` names; ``n`` counts the items.
    """
    difference = validation.compare(base, tuned, check)
    return {
        "metric": base.metric,
        "n": len(base.items),
        "base": {base.metric: base.value} | base.others,
        "tuned": {tuned.metric: tuned.value} | tuned.others,
        "base_ci": list(base.interval),
        "tuned_ci": list(tuned.interval),
        "delta": difference.value,
        "delta_ci": list(difference.interval),
        "p_value": difference.p_value,
        "verdict": verdict(difference).value,
    }


def most_changed(
    validation: Validation, base: Measurement, tuned: Measurement, reader: ContentReader
) -> dict[str, list[dict[str, Any]]]:
    """Return the items that were hurt and helped most, worst first, with their texts.

    Each has ``text``, for rows of two sides ``other``, ``base``, ``tuned`` (its scores) and ``row``
    of the corpus.
    """
    change = tuned.items - base.items
    order = np.argsort(change, kind="stable")
    rows = validation.item_rows()

    def shown(item: int) -> dict[str, Any]:
        row = int(rows[item])
        sides = validation.rows.sides.shape[1]
        other = {"other": reader.words(validation.rows.content(row, 1))} if sides > 1 else {}
        return {
            "text": reader.words(validation.rows.content(row, 0)),
            **other,
            "base": float(base.items[item]),
            "tuned": float(tuned.items[item]),
            "row": int(validation.rows.corpus_rows[row]),
        }

    hurt = [int(item) for item in order[:MOST_SHOWN] if change[item] < 0]
    helped = [int(item) for item in order[::-1][:MOST_SHOWN] if change[item] > 0]
    return {"hurt": [shown(i) for i in hurt], "helped": [shown(i) for i in helped]}


# What else has changed


@dataclass(frozen=True)
class GeneralPairs:
    """Sentence pairs of everyday English with grades from 0 to 5."""

    first: tuple[str, ...]
    second: tuple[str, ...]
    grades: NDArray[np.float64]

    def cosines(
        self, encode: Callable[[Sequence[str]], NDArray[np.float32]]
    ) -> NDArray[np.float64]:
        """Return the cosine of every pair by an encoder, shape (n,)."""
        vectors = encode([*self.first, *self.second]).astype(np.float64)
        n = len(self.first)
        found: NDArray[np.float64] = np.einsum("ij,ij->i", vectors[:n], vectors[n:])
        return found


@cache
def general_pairs() -> GeneralPairs:
    """Return the bundled sample of pairs with scores."""
    with resources.path(GENERAL_PAIRS).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return GeneralPairs(
        tuple(row["sentence1"] for row in rows),
        tuple(row["sentence2"] for row in rows),
        np.array([float(row["score"]) for row in rows]),
    )


def drift(base: NDArray[np.float64], tuned: NDArray[np.float64]) -> dict[str, Any]:
    """Return what training has done to sentences that have nothing to do with it.

    Parameters
    ----------
    base, tuned : ndarray of float64, shape (n,)
        Cosines of the general pairs before and after.
    """
    grades = general_pairs().grades
    difference = compare_spearman(base, tuned, grades)
    return {
        "metric": "spearman",
        "n": len(grades),
        "base": spearman(base, grades),
        "tuned": spearman(tuned, grades),
        "delta": difference.value,
        "delta_ci": list(difference.interval),
        "p_value": difference.p_value,
        "verdict": verdict(difference).value,
    }
