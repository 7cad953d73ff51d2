"""Metrics of predicted classes, as scikit-learn defines them.

Classes are numbered from 0. A quotient without a denominator counts as 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def confusion_matrix(
    true: NDArray[np.int64], predicted: NDArray[np.int64], n_classes: int
) -> NDArray[np.int64]:
    """Count the items of each true class (row) that were given each class (column).

    Parameters
    ----------
    true, predicted : ndarray of int64, shape (n,)
        Class numbers.
    n_classes : int
        How many classes there are, c.

    Returns
    -------
    ndarray of int64, shape (c, c)
    """
    cells = true.astype(np.int64) * n_classes + predicted
    counts: NDArray[np.int64] = np.bincount(cells, minlength=n_classes * n_classes)
    return counts.reshape(n_classes, n_classes)


@dataclass(frozen=True)
class ClassScores:
    """Precision, recall, F1 and number of items of each class, shape (c,) each."""

    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    f1: NDArray[np.float64]
    support: NDArray[np.int64]


def class_scores(confusion: NDArray[np.int64]) -> ClassScores:
    """Return the scores of each class of a confusion matrix, shape (c, c)."""
    right = np.diagonal(confusion).astype(np.float64)
    support, n_predicted = confusion.sum(axis=1), confusion.sum(axis=0)
    return ClassScores(
        precision=_quotient(right, n_predicted),
        recall=_quotient(right, support),
        f1=_quotient(2 * right, support + n_predicted),
        support=support,
    )


def macro_f1(confusion: NDArray[np.int64]) -> float:
    """Return the mean F1 of the classes that occur among the items or the predictions."""
    occurs = (confusion.sum(axis=0) + confusion.sum(axis=1)) > 0
    return float(class_scores(confusion).f1[occurs].mean()) if occurs.any() else 0.0


def macro_f1_of_counts(
    right: NDArray[np.float64], support: NDArray[np.float64], n_predicted: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the macro F1 of many confusion matrices at once, shape (b,).

    Parameters
    ----------
    right, support, n_predicted : ndarray of float64, shape (b, c)
        For each matrix its diagonal, its row sums and its column sums.
    """
    occurrences = support + n_predicted
    n_classes = np.maximum(np.count_nonzero(occurrences, axis=1), 1)
    total: NDArray[np.float64] = _quotient(2 * right, occurrences).sum(axis=1)
    means: NDArray[np.float64] = total / n_classes
    return means


def accuracy(true: NDArray[np.int64], predicted: NDArray[np.int64]) -> float:
    """Return the share of items whose class was predicted; 0 without any item."""
    return float(np.mean(true == predicted)) if len(true) else 0.0


def is_in_top_k(scores: NDArray[np.float32], true: NDArray[np.int64], k: int) -> NDArray[np.bool_]:
    """Return for each item whether its class is among the ``k`` with the highest scores.

    Of equal scores the class with the smaller number comes first, as in ``argmax``.

    Parameters
    ----------
    scores : ndarray of float, shape (n, c)
        One score for each item and class.
    true : ndarray of int64, shape (n,)
        Class numbers.
    k : int
        At least 1.

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    own = scores[np.arange(len(true)), true][:, np.newaxis]
    before = np.arange(scores.shape[1]) < true[:, np.newaxis]
    n_ahead = (scores > own).sum(axis=1) + ((scores == own) & before).sum(axis=1)
    in_top: NDArray[np.bool_] = n_ahead < k
    return in_top


def _quotient(top: NDArray[np.float64], bottom: NDArray[np.generic]) -> NDArray[np.float64]:
    result: NDArray[np.float64] = np.divide(
        top, bottom, out=np.zeros(top.shape), where=np.asarray(bottom) > 0
    )
    return result
