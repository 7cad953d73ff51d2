"""A curve of any length in constant memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

CAPACITY = 2048


@dataclass(frozen=True)
class Thinned:
    """Buckets of neighbouring points, in their order.

    Attributes
    ----------
    x, mean, low, high : ndarray of float64, shape (m,)
        Where each bucket begins, and the mean, least and greatest value of its points.
    """

    x: NDArray[np.float64]
    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


class ThinnedCurve:
    """Takes points one by one and keeps at most ``capacity`` buckets of them.

    All buckets but the last hold equally many points. When there is no room for another, each two
    neighbours become one, so means and extremes are those of all points ever given: exact, and
    2 log2(n) operations a point at most.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        if capacity < 2 or capacity % 2:
            raise ValueError("the capacity must be an even number of at least 2")
        self._capacity = capacity
        # x, sum, least, greatest
        self._buckets = np.empty((4, capacity), dtype=np.float64)
        self._full = 0
        self._size = 1
        self._filled = 0
        self.n = 0

    def append(self, x: float, y: float) -> None:
        """Add a point; values that are no numbers are left out."""
        if not np.isfinite(y):
            return
        self.n += 1
        if self._filled == 0:
            if self._full == self._capacity:
                self._halve()
            self._buckets[:, self._full] = x, y, y, y
        else:
            bucket = self._buckets[:, self._full]
            bucket[1] += y
            bucket[2] = min(bucket[2], y)
            bucket[3] = max(bucket[3], y)
        self._filled += 1
        if self._filled == self._size:
            self._full += 1
            self._filled = 0

    def shown(self) -> Thinned:
        """Return the curve as it stands."""
        m = self._full + (self._filled > 0)
        buckets = self._buckets[:, :m].copy()
        counts = np.full(m, float(self._size))
        if self._filled:
            counts[-1] = self._filled
        return Thinned(buckets[0], buckets[1] / counts, buckets[2], buckets[3])

    def _halve(self) -> None:
        even, odd = self._buckets[:, ::2], self._buckets[:, 1::2]
        merged = np.stack(
            [even[0], even[1] + odd[1], np.minimum(even[2], odd[2]), np.maximum(even[3], odd[3])]
        )
        self._full = self._capacity // 2
        self._buckets[:, : self._full] = merged
        self._size *= 2
