"""Everything a zero-shot test tells, as one JSON object."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.metrics.class_bootstrap import macro_f1_interval
from embedding_lab.metrics.classification import (
    class_scores,
    confusion_matrix,
    is_in_top_k,
    macro_f1,
)
from embedding_lab.metrics.intervals import wilson_interval
from embedding_lab.metrics.margins import margins
from embedding_lab.metrics.paired_tests import compare_accuracy
from embedding_lab.metrics.verdict import holm, verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from embedding_lab.metrics.paired_tests import Difference
    from embedding_lab.prompts.class_list import PromptClass
    from embedding_lab.prompts.scoring import PromptVectors, Scores

N_BINS = 40
MOST_PAIRS = 50


@dataclass(frozen=True)
class ScoredTest:
    """Items with known classes and what the classifier says of them.

    Attributes
    ----------
    classes, templates
        What was asked.
    vectors : PromptVectors
        Their texts.
    scores : Scores
        What came out, for n items.
    true : ndarray of int64, shape (n,)
        The items' class numbers.
    pool_mean : ndarray of float32, shape (c,)
        Each class's mean similarity over the unlabelled pool.
    by_examples : mapping of str to ndarray of int64, shape (n,)
        What labelled examples predict, by the way they are used.
    """

    classes: Sequence[PromptClass]
    templates: Sequence[str]
    vectors: PromptVectors
    scores: Scores
    true: NDArray[np.int64]
    pool_mean: NDArray[np.float32]
    by_examples: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """How many items there are."""
        return len(self.true)

    def modes(self) -> dict[str, NDArray[np.int64]]:
        """Return the predictions of each way to classify, shape (n,) each.

        The templates are put together in three ways; examples, if there are any, bring two more.
        """
        return {
            "mean": self.scores.mean,
            "vote": self.scores.vote,
            "calibrated": (self.scores.ensemble - self.pool_mean).argmax(axis=1),
            **self.by_examples,
        }


def share(is_right: NDArray[np.bool_]) -> dict[str, Any]:
    """Return an accuracy with its Wilson interval."""
    n_right = int(np.count_nonzero(is_right))
    return {
        "accuracy": n_right / len(is_right) if len(is_right) else 0.0,
        "accuracy_ci": list(wilson_interval(n_right, len(is_right))),
    }


def compared(difference: Difference, p_value: float) -> dict[str, Any]:
    """Return a difference with its interval, a p-value corrected elsewhere, and the verdict."""
    return {
        "difference": difference.value,
        "difference_ci": list(difference.interval),
        "p_value": p_value,
        "verdict": verdict(difference, p_value).value,
    }


def quick_figures(test: ScoredTest) -> dict[str, Any]:
    """Return what is worth showing while somebody types: all but what takes resampling."""
    predicted = test.scores.mean
    confusion = confusion_matrix(test.true, predicted, len(test.classes))
    is_right = predicted == test.true
    right_without = test.scores.without == test.true[:, np.newaxis]
    ensemble = share(is_right)
    templates = []
    for number, template in enumerate(test.templates):
        alone = share(test.scores.single[:, number] == test.true)
        contribution = None
        if right_without.shape[1]:
            contribution = ensemble["accuracy"] - float(right_without[:, number].mean())
        templates.append({"template": template, **alone, "contribution": contribution})
    return {
        "n": test.n,
        **ensemble,
        "macro_f1": macro_f1(confusion),
        "confusion": confusion.tolist(),
        "templates": templates,
    }


def full_report(
    test: ScoredTest,
    *,
    top_k: Sequence[int],
    synonym_cosine: float,
    seed: int = 0,
    check: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Return every figure with its interval, without what needs probabilities.

    Parameters
    ----------
    test : ScoredTest
        Items, classes and scores.
    top_k : sequence of int
        Depths of the top-k accuracy; those of at least the number of classes are left out.
    synonym_cosine : float
        Class vectors at least so near are worth telling, if they are taken for each other.
    seed : int, default 0
        For the resampling.
    check : callable, optional
        Called now and then; may raise to stop.
    """
    figures = quick_figures(test)
    confusion = np.array(figures["confusion"], dtype=np.int64)
    figures["macro_f1_ci"] = list(macro_f1_interval(confusion, seed=seed, check=check))
    is_right = test.scores.mean == test.true
    alone = [
        compare_accuracy(is_right, test.scores.single[:, i] == test.true, seed=seed, check=check)
        for i in range(len(test.templates))
    ]
    corrected = holm([item.p_value for item in alone])
    for told, difference, p_value in zip(figures["templates"], alone, corrected, strict=True):
        told.update(compared(difference, p_value))
    return figures | {
        "top_k": [
            {"k": k, **share(is_in_top_k(test.scores.ensemble, test.true, k))}
            for k in top_k
            if k < len(test.classes)
        ],
        "per_class": _per_class(test.classes, confusion),
        "modes": _modes(test, seed, check),
        "near_synonyms": _near_synonyms(test, confusion, synonym_cosine),
        **_histograms(test, is_right),
    }


def _per_class(classes: Sequence[PromptClass], confusion: NDArray[np.int64]) -> list[Any]:
    scores = class_scores(confusion)
    return [
        {
            "label": item.label,
            "name": item.name,
            "support": int(scores.support[i]),
            "precision": float(scores.precision[i]),
            "recall": float(scores.recall[i]),
            "recall_ci": list(wilson_interval(int(confusion[i, i]), int(scores.support[i]))),
            "f1": float(scores.f1[i]),
        }
        for i, item in enumerate(classes)
    ]


def _modes(test: ScoredTest, seed: int, check: Callable[[], None]) -> list[dict[str, Any]]:
    """Return each way to put templates together, the later ones compared with the mean."""
    predictions = test.modes()
    is_right = {mode: predicted == test.true for mode, predicted in predictions.items()}
    told = []
    for mode, predicted in predictions.items():
        confusion = confusion_matrix(test.true, predicted, len(test.classes))
        told.append(
            {
                "mode": mode,
                **share(is_right[mode]),
                "macro_f1": macro_f1(confusion),
                "macro_f1_ci": list(macro_f1_interval(confusion, seed=seed, check=check)),
            }
        )
    others = [
        compare_accuracy(is_right["mean"], is_right[item["mode"]], seed=seed, check=check)
        for item in told[1:]
    ]
    corrected = holm([item.p_value for item in others])
    for item, difference, p_value in zip(told[1:], others, corrected, strict=True):
        item.update(compared(difference, p_value))
    return told


def _near_synonyms(
    test: ScoredTest, confusion: NDArray[np.int64], least: float
) -> list[dict[str, Any]]:
    """Return pairs of classes that are near and taken for each other, the nearest first."""
    classes = test.vectors.class_vectors()
    cosines = classes @ classes.T
    mutual = (confusion > 0) & (confusion.T > 0)
    first, second = np.nonzero(np.triu((cosines >= least) & mutual, k=1))
    order = np.argsort(-cosines[first, second], kind="stable")[:MOST_PAIRS]
    support = np.maximum(confusion.sum(axis=1), 1)
    return [
        {
            "first": test.classes[a].label,
            "second": test.classes[b].label,
            "cosine": float(cosines[a, b]),
            "first_as_second": float(confusion[a, b] / support[a]),
            "second_as_first": float(confusion[b, a] / support[b]),
        }
        for a, b in zip(first[order].tolist(), second[order].tolist(), strict=True)
    ]


def _histograms(test: ScoredTest, is_right: NDArray[np.bool_]) -> Mapping[str, Any]:
    scores, at = test.scores.ensemble, np.arange(test.n)
    own = scores[at, test.true]
    others = scores.copy()
    others[at, test.true] = -np.inf
    best_other = others.max(axis=1)
    edges = np.histogram_bin_edges(np.concatenate([own, best_other]), N_BINS)
    ahead = margins(scores)
    margin_edges = np.histogram_bin_edges(ahead, N_BINS, (0, max(float(ahead.max()), 1e-6)))
    return {
        "similarity_histogram": {
            "edges": edges.tolist(),
            "own_class": np.histogram(own, edges)[0].tolist(),
            "best_other": np.histogram(best_other, edges)[0].tolist(),
        },
        "margin_histogram": {
            "edges": margin_edges.tolist(),
            "right": np.histogram(ahead[is_right], margin_edges)[0].tolist(),
            "wrong": np.histogram(ahead[~is_right], margin_edges)[0].tolist(),
        },
    }
