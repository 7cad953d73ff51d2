"""Batches with several rows of each class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from embedding_lab.contracts import BatchRows


class GroupByLabel:
    """Rows of one class in small groups, several groups in a batch.

    A loss over classes needs rows of the same class in a batch, and rows of others. Rows without
    a class are left out, and so are classes with a single row.

    Parameters
    ----------
    rows_per_class : int
        Rows in a group. The last rows of a class may be fewer, at least two, or one more.

    References
    ----------
    Schroff et al. 2015, "FaceNet: A Unified Embedding for Face Recognition and Clustering",
    arXiv 1503.03832, section 3.2: every batch holds a number of pictures of each identity.
    """

    def __init__(self, *, rows_per_class: int = 4) -> None:
        self.rows_per_class = rows_per_class

    def batches(
        self, rows: BatchRows, size: int, rng: np.random.Generator
    ) -> Iterator[NDArray[np.int64]]:
        """Yield one pass over the rows that have a class.

        Raises
        ------
        UsageError
            If no two rows share a class, or a batch cannot hold two groups.
        """
        groups = self._groups(rows.labels, rng)
        if not groups:
            raise UsageError(
                "No two rows have the same class.", hint="Choose a corpus whose rows have labels."
            )
        if size < 2 * self.rows_per_class:
            raise UsageError(
                f"A batch of {size:,} rows cannot hold {self.rows_per_class:,} rows of two "
                "classes.",
                hint="Take larger batches, or fewer rows of each class.",
            )
        batch: list[NDArray[np.int64]] = []
        for number in rng.permutation(len(groups)):
            if sum(map(len, batch)) + len(groups[number]) > size:
                yield np.concatenate(batch)
                batch = []
            batch.append(groups[number])
        yield np.concatenate(batch)

    def _groups(
        self, labels: NDArray[np.int64], rng: np.random.Generator
    ) -> list[NDArray[np.int64]]:
        order = rng.permutation(len(labels))
        order = order[labels[order] >= 0]
        order = order[np.argsort(labels[order], kind="stable")]
        groups: list[NDArray[np.int64]] = []
        if not len(order):
            return groups
        for of_class in np.split(order, np.flatnonzero(np.diff(labels[order])) + 1):
            starts = list(range(0, len(of_class), self.rows_per_class))
            if len(of_class) - starts[-1] == 1 and len(starts) > 1:
                starts.pop()
            groups += np.split(of_class, starts[1:]) if len(of_class) > 1 else []
        return groups
