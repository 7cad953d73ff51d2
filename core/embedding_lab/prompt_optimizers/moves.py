"""The moves of an evolutionary search over sets: add, remove, replace, mutate, cross over."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np

Members = frozenset[int]


@dataclass(frozen=True)
class Counts:
    """How many children each move makes in an epoch.

    ``edits`` counts additions, removals and replacements, as many of each, for every parent.
    """

    edits: int
    mutations: int
    crossovers: int


class Moves:
    """Makes children of sets over a universe, and none twice.

    The moves and their numbers are those of ProAPO's released program.

    Parameters
    ----------
    universe : iterable of int
        What a set may hold.
    counts : Counts
        How many children each move makes.
    rng : numpy.random.Generator
        Where chance comes from.
    smallest : int, default 2
        No removal leaves fewer members than this.
    """

    def __init__(
        self,
        universe: Iterable[int],
        counts: Counts,
        rng: np.random.Generator,
        smallest: int = 2,
    ) -> None:
        self._universe = sorted(universe)
        self._counts = counts
        self._rng = rng
        self._smallest = smallest
        self._seen: set[Members] = set()

    def random_singles(self, n: int) -> list[Members]:
        """Return sets of one member each, all different, as many as there are at most."""
        drawn = self._draw(self._universe, min(n, len(self._universe)))
        return self.new([frozenset({number}) for number in drawn])

    def children(self, parents: Sequence[Members], epoch: int) -> list[Members]:
        """Return what the moves make of the parents and was not there before.

        Parameters
        ----------
        parents : sequence of frozenset of int
            The sets of this generation.
        epoch : int
            Counted from 1; a mutation is a fresh set of ``2 + epoch`` members.
        """
        made: list[Members] = []
        for parent in parents:
            for move in (self._added, self._removed, self._replaced):
                made += [move(parent) for _ in range(self._counts.edits)]
        made += [self._fresh(2 + epoch) for _ in range(self._counts.mutations)]
        if len(parents) > 1:
            made += [self._crossed(parents) for _ in range(self._counts.crossovers)]
        return self.new(made)

    def new(self, candidates: Iterable[Members]) -> list[Members]:
        """Return those that were never seen, and remember them."""
        found = []
        for candidate in candidates:
            if candidate not in self._seen:
                self._seen.add(candidate)
                found.append(candidate)
        return found

    def _added(self, parent: Members) -> Members:
        return parent | set(self._draw(self._unused(parent), 1))

    def _removed(self, parent: Members) -> Members:
        if len(parent) <= self._smallest:
            return parent
        return parent - set(self._draw(sorted(parent), 1))

    def _replaced(self, parent: Members) -> Members:
        unused = self._unused(parent)
        if not unused or not parent:
            return parent
        return (parent - set(self._draw(sorted(parent), 1))) | set(self._draw(unused, 1))

    def _fresh(self, size: int) -> Members:
        return frozenset(self._draw(self._universe, min(size, len(self._universe))))

    def _crossed(self, parents: Sequence[Members]) -> Members:
        """Keep what two parents share; draw the rest by how often it occurs among all parents.

        The child is as large as one of the two.
        """
        first, second = (parents[number] for number in self._draw(range(len(parents)), 2))
        shared, rest = first & second, sorted(first ^ second)
        size = len((first, second)[self._rng.integers(2)])
        occurs = Counter(number for parent in parents for number in parent)
        weights = [occurs[number] for number in rest]
        return shared | set(self._draw(rest, size - len(shared), weights))

    def _unused(self, parent: Members) -> list[int]:
        return [number for number in self._universe if number not in parent]

    def _draw(
        self, pool: Sequence[int], n: int, weights: Sequence[float] | None = None
    ) -> list[int]:
        """Return ``n`` different members of a pool, or all of it where it is smaller."""
        n = min(n, len(pool))
        if n == 0:
            return []
        shares = None if weights is None else [weight / sum(weights) for weight in weights]
        found: list[int] = self._rng.choice(pool, size=n, replace=False, p=shares).tolist()
        return found
