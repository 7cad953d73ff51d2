"""How well two ways of encoding the same rows agree."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

K_NEIGHBOURS = 10
# Neighbours whose cosines differ by less are equally near: doubles, above all.
TIE = 1e-6
BLOCK_ROWS = 1024


@dataclass(frozen=True)
class Agreement:
    """How well vectors agree with those of a reference, row by row and as neighbours.

    Attributes
    ----------
    n_rows : int
        How many rows were compared.
    min_cosine, mean_cosine, max_abs_diff : float, optional
        Between the two vectors of each row; ``None`` where they are of different lengths.
    neighbour_overlap : float, optional
        Share of the nearest rows that are among the nearest in the reference too; ``None`` for a
        single row.
    top1_agreement : float, optional
        Share of the rows whose nearest one is the same.
    """

    n_rows: int
    min_cosine: float | None
    mean_cosine: float | None
    max_abs_diff: float | None
    neighbour_overlap: float | None
    top1_agreement: float | None

    def to_record(self) -> dict[str, Any]:
        """Return the figures as a JSON object."""
        return asdict(self)


def agreement(
    reference: NDArray[np.float32], vectors: NDArray[np.float32], k: int = K_NEIGHBOURS
) -> Agreement:
    """Return how well ``vectors``, shape (n, e), agree with ``reference``, shape (n, d).

    Each is compared by cosine. Rows that are equally near count as the same neighbour, so that
    the order of doubles does not matter.
    """
    n_rows = len(reference)
    first, second = _unit(reference), _unit(vectors)
    cosines, largest = None, None
    if n_rows and reference.shape[1] == vectors.shape[1]:
        both_zero = ~first.any(axis=1) & ~second.any(axis=1)
        cosines = np.where(both_zero, 1.0, np.clip(np.sum(first * second, axis=1), -1.0, 1.0))
        largest = float(np.max(np.abs(reference.astype(np.float64) - vectors)))
    return Agreement(
        n_rows=n_rows,
        min_cosine=None if cosines is None else float(cosines.min()),
        mean_cosine=None if cosines is None else float(cosines.mean()),
        max_abs_diff=largest,
        neighbour_overlap=_shared(first, second, k),
        top1_agreement=_shared(first, second, 1),
    )


def _shared(first: NDArray[np.float64], second: NDArray[np.float64], k: int) -> float | None:
    """Return the mean share of the ``k`` nearest in ``second`` that are so in ``first`` too."""
    n_rows = len(first)
    k = min(k, n_rows - 1)
    if k < 1:
        return None
    n_shared = 0
    for start in range(0, n_rows, BLOCK_ROWS):
        rows = np.arange(start, min(start + BLOCK_ROWS, n_rows))
        wanted, found = _scores(first, rows), _scores(second, rows)
        nearest = np.argsort(-found, axis=1, kind="stable")[:, :k]
        last = np.partition(wanted, n_rows - k, axis=1)[:, n_rows - k]
        reached = np.take_along_axis(wanted, nearest, axis=1)
        n_shared += int(np.count_nonzero(reached >= last[:, None] - TIE))
    return n_shared / (n_rows * k)


def _scores(vectors: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    scores: NDArray[np.float64] = vectors[rows] @ vectors.T
    # No row is its own neighbour.
    scores[np.arange(len(rows)), rows] = -np.inf
    return scores


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    wide = vectors.astype(np.float64)
    unit: NDArray[np.float64] = wide / np.maximum(
        np.linalg.norm(wide, axis=1, keepdims=True), 1e-12
    )
    return unit
