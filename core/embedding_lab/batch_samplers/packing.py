"""Filling batches with groups of rows, so that no content comes twice into one batch."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from embedding_lab.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from embedding_lab.contracts import BatchRows

# So many groups are tried for the last places of a batch before it is left smaller.
MOST_TRIES = 512


class _Group(NamedTuple):
    rows: NDArray[np.int64]
    contents: set[int]


def pack(
    groups: Iterable[NDArray[np.int64]], rows: BatchRows, size: int
) -> Iterator[NDArray[np.int64]]:
    """Yield batches of whole groups, in order; a group that does not fit waits for the next.

    A group does not fit if the batch is too full, or if a content of one of its rows, on either
    side, is in the batch already. Within a group, contents may be equal.

    Parameters
    ----------
    groups : iterable of ndarray of int64
        Numbers of rows; each at most ``size`` of them.
    rows : BatchRows
        The contents.
    size : int
        The most rows in a batch.
    """
    coming = (_Group(numbers, _contents(numbers, rows)) for numbers in groups)
    waiting: deque[_Group] = deque()
    while True:
        batch, waiting = _fill(waiting, coming, size)
        if not batch:
            return
        yield np.concatenate(batch)


def _contents(numbers: NDArray[np.int64], rows: BatchRows) -> set[int]:
    return {*rows.anchors[numbers].tolist(), *rows.positives[numbers].tolist()}


def _fill(
    waiting: deque[_Group], coming: Iterator[_Group], size: int
) -> tuple[list[NDArray[np.int64]], deque[_Group]]:
    """Return the groups of one batch, and those that wait for the next."""
    batch: list[NDArray[np.int64]] = []
    contents: set[int] = set()
    still_waiting: deque[_Group] = deque()
    n_rows = n_tries = 0
    while n_rows < size and n_tries < MOST_TRIES:
        group = waiting.popleft() if waiting else next(coming, None)
        if group is None:
            break
        if n_rows + len(group.rows) <= size and contents.isdisjoint(group.contents):
            batch.append(group.rows)
            contents |= group.contents
            n_rows += len(group.rows)
            n_tries = 0
        else:
            still_waiting.append(group)
            n_tries += 1
    return batch, still_waiting + waiting


def require_room(size: int, largest: int) -> None:
    """Raise a :class:`UsageError` if a batch cannot hold the largest cluster."""
    if largest > size:
        raise UsageError(
            f"A batch of {size:,} rows is smaller than a cluster of {largest:,}.",
            hint="Take larger batches, or mine fewer negatives for each anchor.",
        )


def cluster_batches(
    rows: BatchRows, size: int, rng: np.random.Generator
) -> Iterator[NDArray[np.int64]]:
    """Yield batches of whole clusters in a random order, then the rows that are in none.

    Raises
    ------
    UsageError
        If there are no clusters, or one of them is larger than a batch.
    """
    if not rows.clusters:
        raise UsageError("No negatives were mined for these rows.", hint="Mine them first.")
    require_room(size, max(len(cluster) for cluster in rows.clusters))
    order = rng.permutation(len(rows.clusters))
    yield from pack((rows.clusters[number] for number in order), rows, size)
    is_left = np.ones(len(rows), dtype=np.bool_)
    is_left[np.concatenate(rows.clusters)] = False
    yield from pack(single(rng.permutation(np.flatnonzero(is_left))), rows, size)


def single(numbers: Sequence[int] | NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Yield each row number as a group of its own."""
    for number in numbers:
        yield np.array([number], dtype=np.int64)
