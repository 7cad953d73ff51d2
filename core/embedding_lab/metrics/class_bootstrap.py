"""How sure a macro F1 is: items drawn again and again, as counts of a confusion matrix.

Drawing n items with replacement and counting them is one draw from a multinomial distribution over
the cells that are not empty, so nothing as long as the items is ever made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.metrics.classification import macro_f1, macro_f1_of_counts
from embedding_lab.metrics.intervals import bca_interval

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from embedding_lab.metrics.intervals import Interval

# Some tenths of a second's work, so that nobody waits long for a cancel.
NUMBERS_AT_ONCE = 500_000


def macro_f1_interval(
    confusion: NDArray[np.int64],
    *,
    is_stratified: bool = False,
    n_resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
    check: Callable[[], None] = lambda: None,
) -> Interval:
    """Return the BCa bootstrap interval of a macro F1 over items.

    Parameters
    ----------
    confusion : ndarray of int64, shape (c, c)
        Items by true class (row) and predicted class (column).
    is_stratified : bool, default False
        Draw within each true class, for data whose class sizes were chosen rather than found.
    n_resamples : int, default 1000
        How often the items are drawn.
    confidence : float, default 0.95
        Nominal coverage.
    seed : int, default 0
        The same seed gives the same interval.
    check : callable, optional
        Called now and then; may raise to stop.
    """
    n = int(confusion.sum())
    if n == 0:
        return 0.0, 1.0
    cells = _Cells(confusion)
    rng = np.random.default_rng(seed)
    at_once = max(1, NUMBERS_AT_ONCE // max(len(cells.counts), 1))
    drawn = []
    for start in range(0, n_resamples, at_once):
        check()
        size = min(at_once, n_resamples - start)
        drawn.append(cells.macro_f1(cells.draw(rng, size, is_stratified=is_stratified)))
    return bca_interval(
        np.concatenate(drawn), macro_f1(confusion), cells.left_out(), cells.counts, confidence
    )


class _Cells:
    """The cells of a confusion matrix that are not empty, row by row."""

    def __init__(self, confusion: NDArray[np.int64]) -> None:
        self.row, self.column = np.nonzero(confusion)
        self.counts: NDArray[np.int64] = confusion[self.row, self.column]
        self._n_classes = len(confusion)
        self._right = self.row == self.column

    def draw(
        self, rng: np.random.Generator, size: int, *, is_stratified: bool
    ) -> NDArray[np.int64]:
        """Return the counts of ``size`` resamples, shape (size, m)."""
        if not is_stratified:
            n = self.counts.sum()
            return rng.multinomial(n, self.counts / n, size=size)
        parts = []
        for row in np.unique(self.row):
            counts = self.counts[self.row == row]
            n = counts.sum()
            parts.append(rng.multinomial(n, counts / n, size=size))
        return np.concatenate(parts, axis=1)

    def macro_f1(self, counts: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the macro F1 of many sets of counts, shape (b, m)."""
        return macro_f1_of_counts(
            self._sums(counts[:, self._right], self.row[self._right]),
            self._sums(counts, self.row),
            self._sums(counts, self.column),
        )

    def left_out(self) -> NDArray[np.float64]:
        """Return the macro F1 without one item of each cell, shape (m,).

        An item counts in the sums of two classes only, or of one if it is right, so only their F1
        is worked out anew.
        """
        counts = self.counts[np.newaxis]
        right = self._sums(counts[:, self._right], self.row[self._right])[0]
        occurrences = (self._sums(counts, self.row) + self._sums(counts, self.column))[0]
        f1 = _f1(right, occurrences)
        total, n_classes = f1.sum(), np.count_nonzero(occurrences)
        sums = np.full(len(self.counts), total)
        n_left = np.full(len(self.counts), n_classes)
        own = self._right
        for cells, classes, n_right, n_items in (
            (own, self.row[own], 1, 2),
            (~own, self.row[~own], 0, 1),
            (~own, self.column[~own], 0, 1),
        ):
            remaining = occurrences[classes] - n_items
            sums[cells] += _f1(right[classes] - n_right, remaining) - f1[classes]
            n_left[cells] -= remaining == 0
        return sums / np.maximum(n_left, 1)

    def _sums(self, counts: NDArray[np.int64], group: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the sums of cells over a group each, shape (b, c)."""
        sums = np.zeros((len(counts), self._n_classes))
        order = np.argsort(group, kind="stable")
        present, first = np.unique(group[order], return_index=True)
        if len(present):
            sums[:, present] = np.add.reduceat(counts[:, order], first, axis=1)
        return sums


def _f1(right: NDArray[np.float64], occurrences: NDArray[np.float64]) -> NDArray[np.float64]:
    f1: NDArray[np.float64] = np.divide(
        2 * right, occurrences, out=np.zeros(right.shape), where=occurrences > 0
    )
    return f1
