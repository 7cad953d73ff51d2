"""What all samplers share whose batches are made of mined clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab.batch_samplers.packing import cluster_batches
from embedding_lab.mining.coupling import couple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from embedding_lab.contracts import BatchRows, Mined
    from embedding_lab.mining.coupling import CouplingOptions

FILE_ORDER, SHUFFLED = "file order", "shuffled"


class MinedClusters:
    """Mines clusters of rows that are hard negatives of each other, and makes batches of them."""

    def __init__(self, options: CouplingOptions) -> None:
        self.options = options

    def mine(
        self,
        anchors: NDArray[np.float32],
        positives: NDArray[np.float32],
        rows: BatchRows,
        check: Callable[[int], None],
    ) -> Mined:
        """Group rows into clusters; see :func:`embedding_lab.mining.coupling.couple`."""
        return couple(anchors, positives, rows, self.options, check)

    def batches(
        self, rows: BatchRows, size: int, rng: np.random.Generator
    ) -> Iterator[NDArray[np.int64]]:
        """Yield batches of whole clusters, and at the end the rows that are in none."""
        yield from cluster_batches(rows, size, rng)
