"""Which rows can never be negatives of each other, whatever their vectors say."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedding_lab.contracts import BatchRows


class Groups:
    """The positions at which each of the numbers 0 to n - 1 stands, for all of them at once.

    Parameters
    ----------
    numbers : ndarray of int64, shape (m,)
        Numbers from 0 to ``n`` - 1; others belong to no group.
    n : int
        How many groups there are.
    """

    def __init__(self, numbers: NDArray[np.int64], n: int) -> None:
        self._order = np.argsort(numbers, kind="stable").astype(np.int64)
        self._starts = np.searchsorted(numbers[self._order], np.arange(n + 1))

    def __getitem__(self, number: int) -> NDArray[np.int64]:
        return self._order[self._starts[number] : self._starts[number + 1]]


class PairContents:
    """The distinct positives of a set of rows, their owners, and what is known of the contents.

    A candidate is a distinct positive; its owners are all rows whose positive it is. Rows whose
    two sides are the same content have no candidate.

    Parameters
    ----------
    rows : BatchRows
        The rows; clusters are not read.
    has_classes : bool
        Whether two rows with the same label are of the same class, and so no negatives of each
        other.

    Attributes
    ----------
    numbers : ndarray of int64, shape (candidates,)
        The content of each candidate.
    first_rows : ndarray of int64, shape (candidates,)
        The first owner of each; its positive's vector stands for the candidate.
    candidate_of : ndarray of int64, shape (n,)
        The candidate of each row, -1 where it has none.
    """

    def __init__(self, rows: BatchRows, *, has_classes: bool) -> None:
        self._rows = rows
        self._has_classes = has_classes
        usable = self.usable
        self.numbers, first, inverse = np.unique(
            rows.positives[usable], return_index=True, return_inverse=True
        )
        self.first_rows = usable[first]
        self.candidate_of = np.full(len(rows), -1, dtype=np.int64)
        self.candidate_of[usable] = inverse
        self._owners = Groups(self.candidate_of, len(self.numbers))
        distinct, queries = np.unique(rows.anchors, return_inverse=True)
        self._queries = queries
        self._same_query = Groups(queries, len(distinct))

    def __len__(self) -> int:
        return len(self.numbers)

    @cached_property
    def usable(self) -> NDArray[np.int64]:
        """The rows whose two sides differ, in file order."""
        return np.flatnonzero(self._rows.anchors != self._rows.positives)

    @property
    def n_queries(self) -> int:
        """How many distinct queries the usable rows have."""
        return len(np.unique(self._rows.anchors[self.usable]))

    def owners(self, candidate: int) -> NDArray[np.int64]:
        """Return the rows whose positive a candidate is, in file order."""
        return self._owners[candidate]

    def known(self, row: int) -> set[int]:
        """Return the contents that are no negatives of a row: its query and all its positives."""
        positives = self._rows.positives[self._same_query[self._queries[row]]]
        return {int(self._rows.anchors[row]), *positives.tolist()}

    def other_known_candidates(self, row: int) -> NDArray[np.int64]:
        """Return the candidates that are no negatives of a row, without its own positive."""
        known = self.known(row) - {int(self._rows.positives[row])}
        wanted = np.fromiter(known, dtype=np.int64, count=len(known))
        at = np.minimum(np.searchsorted(self.numbers, wanted), len(self.numbers) - 1)
        found: NDArray[np.int64] = at[self.numbers[at] == wanted]
        return found

    def is_classed(self, row: int) -> bool:
        """Return whether a row's class is known, so that another class is a true negative."""
        return self._has_classes and bool(self._rows.labels[row] >= 0)

    def conflict(self, row: int, other: int) -> bool:
        """Return whether one of two rows holds a positive of the other, or shares its class.

        A row conflicts with itself, and with every other row of the same query.
        """
        if self.is_classed(row) and self._rows.labels[row] == self._rows.labels[other]:
            return True
        positives = self._rows.positives
        return int(positives[other]) in self.known(row) or int(positives[row]) in self.known(other)
