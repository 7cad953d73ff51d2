"""Batches in which nothing comes twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab.batch_samplers.packing import pack, single

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from embedding_lab.contracts import BatchRows


class NoDuplicates:
    """All rows in a random order, each in the first batch that holds none of its contents yet.

    A batch in which a positive came twice would teach to push it away from its own query.

    References
    ----------
    Henderson et al. 2017, "Efficient Natural Language Response Suggestion for Smart Reply",
    arXiv 1705.00652, section 4.4: the negatives of a batch are only approximate where the same
    response stands in it twice.
    """

    def batches(
        self, rows: BatchRows, size: int, rng: np.random.Generator
    ) -> Iterator[NDArray[np.int64]]:
        """Yield one pass over the rows; batches are smaller where too few contents are left."""
        yield from pack(single(rng.permutation(len(rows))), rows, size)
