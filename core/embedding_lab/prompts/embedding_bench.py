"""What embedding prompts are worth on labelled texts and on judged queries, compared in pairs."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.metrics.intervals import wilson_interval
from embedding_lab.metrics.neighbours import leave_one_out, mean_cosine, separation
from embedding_lab.metrics.paired_tests import compare_accuracy
from embedding_lab.metrics.verdict import holm, verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Judged:
    """What one embedding prompt gets right.

    Attributes
    ----------
    name : str
        The prompt's name.
    figures : dict
        Its figures, for a result.
    is_right : dict of ndarray of bool
        For ``knn`` the labelled texts, for ``recall_at_1`` the queries that are answered right.
    """

    name: str
    figures: dict[str, Any]
    is_right: dict[str, NDArray[np.bool_]]


def judge_labelled(
    vectors: NDArray[np.float32],
    labels: NDArray[np.int64],
    k: int,
    check: Callable[[], None] = lambda: None,
) -> tuple[dict[str, Any], NDArray[np.bool_]]:
    """Return the figures of labelled texts, and which of them their nearest others get right.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, d)
        Unit vectors.
    labels : ndarray of int64, shape (n,)
        Their labels, from 0.
    k : int
        How many neighbours vote.
    check : callable, optional
        Called between blocks; may raise to stop.
    """
    is_right = leave_one_out(vectors, labels, k, check) == labels
    apart = separation(vectors, labels)
    return {
        **_share("knn", is_right),
        "mean_cosine": mean_cosine(vectors),
        "separation": None if isnan(apart) else apart,
    }, is_right


def judge_pairs(
    queries: NDArray[np.float32],
    documents: NDArray[np.float32],
    relevant: Sequence[NDArray[np.int64]],
    check: Callable[[], None] = lambda: None,
) -> tuple[dict[str, Any], NDArray[np.bool_]]:
    """Return the share of queries whose nearest document is relevant, and which these are.

    Parameters
    ----------
    queries, documents : ndarray of float32, shapes (q, d) and (n, d)
        Unit vectors.
    relevant : sequence of ndarray of int64
        For each query the documents that are relevant.
    check : callable, optional
        Called between blocks; may raise to stop.
    """
    is_right = np.zeros(len(queries), dtype=np.bool_)
    step = max(1, (1 << 22) // len(documents))
    for first in range(0, len(queries), step):
        check()
        nearest = (queries[first : first + step] @ documents.T).argmax(axis=1)
        for place, document in enumerate(nearest, first):
            is_right[place] = document in relevant[place]
    return _share("recall_at_1", is_right), is_right


def compared(
    judged: Sequence[Judged], *, seed: int = 0, check: Callable[[], None] = lambda: None
) -> list[dict[str, Any]]:
    """Return the figures of all prompts, each compared with the first on the same items.

    For ``knn`` and for ``recall_at_1`` the others get ``…_difference`` (theirs minus the first's),
    ``…_difference_ci`` (paired bootstrap), ``…_p_value`` (McNemar, corrected by Holm for being
    several) and ``…_verdict``.
    """
    found = [{"name": item.name, **item.figures} for item in judged]
    for name in judged[0].is_right:
        differences = [
            compare_accuracy(judged[0].is_right[name], item.is_right[name], seed=seed, check=check)
            for item in judged[1:]
        ]
        corrected = holm([difference.p_value for difference in differences])
        for entry, difference, p_value in zip(found[1:], differences, corrected, strict=True):
            entry |= {
                f"{name}_difference": difference.value,
                f"{name}_difference_ci": list(difference.interval),
                f"{name}_p_value": p_value,
                f"{name}_verdict": verdict(difference, p_value).value,
            }
    return found


def _share(name: str, is_right: NDArray[np.bool_]) -> dict[str, Any]:
    n_right = int(is_right.sum())
    return {
        name: n_right / len(is_right),
        f"{name}_ci": list(wilson_interval(n_right, len(is_right))),
    }
