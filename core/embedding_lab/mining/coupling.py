"""Coupling training pairs into clusters of mutually hard negatives.

How hard a negative is, is decided among the positives: it lies near the anchor. Whether it is a
false negative is decided among the queries: the query it belongs to asks nearly the same as the
anchor. Of the ``n_negatives`` x ``multiplier`` nearest, those are kept whose queries are least
like the anchor's. No threshold is involved.

The source is Ju and Lee 2025, arXiv 2508.00955, and its published program. Beyond it, rows whose
contents say that they cannot be negatives of each other are never put together: the same query
with several positives, the same text on both sides, and rows of one class where classes are known.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.contracts import Mined, MinedPairs
from embedding_lab.mining.blocks import best_columns, blocks
from embedding_lab.mining.contents import PairContents
from embedding_lab.mining.limits import owners_to_collect, require_minable, say_neighbourhoods
from embedding_lab.mining.unit_vectors import unit_vectors
from embedding_lab.types import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from embedding_lab.contracts import BatchRows


@dataclass(frozen=True)
class CouplingOptions:
    """How rows are coupled.

    Attributes
    ----------
    n_negatives : int
        K, the negatives of an anchor; a cluster has one row more.
    multiplier : int
        m; so many times K hard rows are collected before the filter chooses among them.
    has_filter : bool
        Whether those with the least similar queries are kept, rather than the hardest.
    is_class_exempt : bool
        Whether labels are classes: a row of another class is a true negative, which needs no
        filter, and a row of the same class is none.
    is_shuffled : bool
        Whether anchors are visited in a random order. Early anchors get the hardest partners.
    seed : int
        Of that order.
    """

    n_negatives: int = 7
    multiplier: int = 3
    has_filter: bool = True
    is_class_exempt: bool = True
    is_shuffled: bool = False
    seed: int = 0


@dataclass
class _Found:
    """Clusters as they come in."""

    clusters: list[NDArray[np.int64]] = field(default_factory=list)
    phases: list[int] = field(default_factory=list)
    pairs: list[MinedPairs] = field(default_factory=list)

    def all_pairs(self) -> MinedPairs:
        """Return what was weighed for all clusters, one after another."""
        integers, floats = np.zeros(0, np.int64), np.zeros(0, np.float32)
        nothing = MinedPairs(integers, integers, floats, floats, np.zeros(0, np.bool_))
        parts = [nothing, *self.pairs]
        return MinedPairs(
            anchors=np.concatenate([part.anchors for part in parts]),
            rows=np.concatenate([part.rows for part in parts]),
            candidate_cosines=np.concatenate([part.candidate_cosines for part in parts]),
            owner_cosines=np.concatenate([part.owner_cosines for part in parts]),
            is_chosen=np.concatenate([part.is_chosen for part in parts]),
        )


class _Coupling:
    """The state of one run over the rows."""

    def __init__(
        self,
        anchors: NDArray[np.float32],
        positives: NDArray[np.float32],
        contents: PairContents,
        options: CouplingOptions,
        n_candidates: int,
    ) -> None:
        self._anchors = anchors
        self._positives = positives
        self._candidates = positives[contents.first_rows]
        self._contents = contents
        self._options = options
        self._n_candidates = min(n_candidates, len(contents))
        self.used = np.zeros(len(anchors), dtype=np.bool_)
        self.found = _Found()
        self._n_done = 0
        # Rows that are left out have no rank.
        self.true_ranks = np.zeros(len(anchors), dtype=np.int64)

    def visit(
        self,
        order: NDArray[np.int64],
        phase: int,
        n_owners: int,
        check: Callable[[int], None],
    ) -> None:
        """Give every row of ``order`` that is in no cluster yet a cluster of its own.

        In the first phase no row is in two clusters. In the second, the rows of earlier clusters
        may be negatives once more.
        """
        blocked = self.used if phase == 1 else np.zeros_like(self.used)
        for block in blocks(order, len(self._contents)):
            scores = self._anchors[block] @ self._candidates.T
            for place, row in enumerate(block):
                # What is known to be no negative takes no place among the hardest.
                scores[place, self._contents.other_known_candidates(row)] = -np.inf
            if phase == 1:
                own = scores[np.arange(len(block)), self._contents.candidate_of[block]]
                self.true_ranks[block] = 1 + (scores > own[:, np.newaxis]).sum(axis=1)
                self._n_done += len(block)
            check(self._n_done)
            for row, candidates in zip(
                block, best_columns(scores, self._n_candidates), strict=True
            ):
                if not self.used[row]:
                    self._couple(int(row), candidates, n_owners, blocked, phase)
                    check(self._n_done)

    def _couple(
        self,
        row: int,
        candidates: NDArray[np.int64],
        n_owners: int,
        blocked: NDArray[np.bool_],
        phase: int,
    ) -> None:
        found = self._owners(row, candidates, n_owners, blocked)
        if not len(found):
            return
        owner_cosines = self._anchors[found] @ self._anchors[row]
        chosen = self._choose(row, found, owner_cosines)
        members = found[chosen]
        self.found.clusters.append(np.concatenate([[row], members]).astype(np.int64))
        self.found.phases.append(phase)
        is_chosen = np.zeros(len(found), dtype=np.bool_)
        is_chosen[chosen] = True
        self.found.pairs.append(
            MinedPairs(
                anchors=np.full(len(found), row, dtype=np.int64),
                rows=found,
                candidate_cosines=self._positives[found] @ self._anchors[row],
                owner_cosines=owner_cosines,
                is_chosen=is_chosen,
            )
        )
        self.used[row] = True
        self.used[members] = True
        blocked[members] = True

    def _owners(
        self,
        row: int,
        candidates: NDArray[np.int64],
        n_owners: int,
        blocked: NDArray[np.bool_],
    ) -> NDArray[np.int64]:
        """Return one row for each of the hardest candidates that has one to give."""
        found: list[int] = []
        for candidate in candidates:
            owners = self._contents.owners(candidate)
            owners = owners[~blocked[owners]]
            if len(owners) > 1:
                closeness = self._anchors[owners] @ self._anchors[row]
                owners = owners[np.argsort(-closeness, kind="stable")]
            # The anchor conflicts with itself: it is never its own negative.
            owner = next((int(o) for o in owners if not self._contents.conflict(row, int(o))), None)
            if owner is not None:
                found.append(owner)
            if len(found) == n_owners:
                break
        return np.array(found, dtype=np.int64)

    def _choose(
        self, row: int, found: NDArray[np.int64], owner_cosines: NDArray[np.float32]
    ) -> NDArray[np.int64]:
        """Return the places in ``found`` of the negatives, which do not conflict either."""
        is_filtered = self._options.has_filter and not self._contents.is_classed(row)
        order = np.argsort(owner_cosines, kind="stable") if is_filtered else np.arange(len(found))
        chosen: list[int] = []
        for place in order:
            other = int(found[place])
            if not any(self._contents.conflict(int(found[kept]), other) for kept in chosen):
                chosen.append(int(place))
            if len(chosen) == self._options.n_negatives:
                break
        return np.array(chosen, dtype=np.int64)


def couple(
    anchors: NDArray[np.float32],
    positives: NDArray[np.float32],
    rows: BatchRows,
    options: CouplingOptions,
    check: Callable[[int], None] = lambda _: None,
) -> Mined:
    """Couple rows into clusters of hard negatives.

    Parameters
    ----------
    anchors, positives : ndarray of float32, shape (n, d)
        Vectors of the two sides of every row; of length 1, or made so with a note.
    rows : BatchRows
        The same rows.
    options : CouplingOptions
        How they are coupled.
    check : callable, optional
        Called with the number of rows done after every block and every cluster; what it raises
        comes out.

    Raises
    ------
    UsageError
        If there are not more distinct positives than negatives asked for, or only one query.
    InputError
        If a vector is not finite or is zero; the sentence names the row.
    """
    anchors, said_of_anchors = unit_vectors(anchors, "anchor")
    positives, said_of_positives = unit_vectors(positives, "positive")
    contents = PairContents(rows, has_classes=options.is_class_exempt)
    require_minable(contents, options.n_negatives)
    n_rows = len(contents.usable)
    n_owners, said_of_limits = owners_to_collect(options.n_negatives, options.multiplier, n_rows)
    order = contents.usable
    if options.is_shuffled:
        order = np.random.default_rng(options.seed).permutation(order)
    coupling = _Coupling(anchors, positives, contents, options, 2 * n_owners)
    coupling.visit(order, 1, n_owners, check)
    coupling.visit(order[~coupling.used[order]], 2, 2 * n_owners, check)
    notes = [*said_of_anchors, *said_of_positives, *_say_left_out(len(rows) - n_rows)]
    if options.has_filter:
        notes += said_of_limits
        notes += [] if options.is_class_exempt else say_neighbourhoods(rows.labels, n_owners)
    notes += _say_short(coupling.found.clusters, options.n_negatives)
    return Mined(
        clusters=tuple(coupling.found.clusters),
        phases=np.array(coupling.found.phases, dtype=np.int64),
        pairs=coupling.found.all_pairs(),
        true_ranks=coupling.true_ranks,
        notes=tuple(notes),
    )


def _say_left_out(n: int) -> list[str]:
    if not n:
        return []
    return [f"{counted(n, 'row')} left out: anchor and positive are the same content."]


def _say_short(clusters: list[NDArray[np.int64]], n_negatives: int) -> list[str]:
    n = sum(len(cluster) <= n_negatives for cluster in clusters)
    if not n:
        return []
    have = "cluster has" if n == 1 else "clusters have"
    return [
        f"{n:,} {have} fewer than {counted(n_negatives, 'negative')}: no more were left nearby."
    ]
