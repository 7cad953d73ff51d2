"""Batches at random."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from embedding_lab.contracts import BatchRows


class RandomBatches:
    """All rows in a random order, cut into batches; every other row is a negative.

    References
    ----------
    Henderson et al. 2017, "Efficient Natural Language Response Suggestion for Smart Reply",
    arXiv 1705.00652, section 4.4: the positives of a random batch serve as negatives.
    """

    def batches(
        self, rows: BatchRows, size: int, rng: np.random.Generator
    ) -> Iterator[NDArray[np.int64]]:
        """Yield one pass over the rows; the last batch may be smaller."""
        order = rng.permutation(len(rows)).astype(np.int64)
        for start in range(0, len(order), size):
            yield order[start : start + size]
