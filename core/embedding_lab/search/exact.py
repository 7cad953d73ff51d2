"""Exact search: every vector is compared, straight from the memory-mapped file."""

from __future__ import annotations

import time
from collections import deque
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.errors import LabError
from embedding_lab.workspace.vector_set import VectorSet

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    Hits = tuple[NDArray[np.int64], NDArray[np.float64]]

# One block is scanned in about ten milliseconds; between blocks a search may be cancelled.
BLOCK_ROWS = 1 << 16
# Scanned in single precision; whoever comes this close to the last place is scored again.
SCAN_ERROR = 1e-5
SPARE_CANDIDATES = 16
# So few are scored at once, in double precision, without a scan.
FEW_ROWS = 2048
P95_NEEDS = 20


class ExactIndex:
    """Finds the vectors with the largest inner product; no copy of the vectors is made.

    faiss finds the candidates in single precision; these are scored again in double precision and
    sorted, equal scores by corpus row. The outcome is therefore the same whatever order the
    vectors were written in, and equal texts always tie.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, d)
        Vectors of unit length, one per slot.
    rows : ndarray of int64, shape (n,), optional
        The corpus row of each slot; the slot number itself without it.
    """

    kind = "exact"

    def __init__(self, vectors: NDArray[np.float32], rows: NDArray[np.int64] | None = None) -> None:
        self.vectors = vectors
        self.rows = np.arange(len(vectors), dtype=np.int64) if rows is None else rows
        self._milliseconds: deque[float] = deque(maxlen=200)

    def __len__(self) -> int:
        return len(self.vectors)

    @property
    def dimension(self) -> int:
        """Length of each vector."""
        return int(self.vectors.shape[1])

    @property
    def p95_ms(self) -> float | None:
        """Measured over the last searches in this process; ``None`` after too few of them."""
        if len(self._milliseconds) < P95_NEEDS:
            return None
        return round(float(np.percentile(self._milliseconds, 95)), 2)

    def slot_of(self, row: int) -> int | None:
        """Return the slot that holds a corpus row's vector, if there is one."""
        slots = np.flatnonzero(self.rows == row)
        return int(slots[0]) if len(slots) else None

    def search(
        self,
        query: NDArray[np.float32],
        k: int,
        allowed: NDArray[np.bool_] | None = None,
        check: Callable[[], None] = lambda: None,
    ) -> Hits:
        """Return the slots and scores of the ``k`` best vectors, best first.

        Parameters
        ----------
        query : ndarray of float32, shape (d,)
            The query's vector.
        k : int
            How many to return; fewer where fewer are allowed.
        allowed : ndarray of bool, shape (n,), optional
            Which slots may be returned.
        check : callable, optional
            Called between blocks; may raise to end the search.
        """
        started = time.perf_counter()
        hits = self.search_many(query[np.newaxis], k, allowed, check)[0]
        self._milliseconds.append((time.perf_counter() - started) * 1e3)
        return hits

    def search_many(
        self,
        queries: NDArray[np.float32],
        k: int,
        allowed: NDArray[np.bool_] | None = None,
        check: Callable[[], None] = lambda: None,
    ) -> list[Hits]:
        """Return what :meth:`search` returns, for each of ``queries``, shape (m, d)."""
        self._require_fitting(queries)
        n_allowed = len(self) if allowed is None else int(np.count_nonzero(allowed))
        k = min(k, n_allowed)
        if k <= 0:
            nothing = (np.zeros(0, dtype=np.int64), np.zeros(0))
            return [nothing for _ in queries]
        if allowed is not None and n_allowed <= FEW_ROWS:
            few = np.flatnonzero(allowed)
            return [self._best(query, few, k) for query in queries]
        scores, slots = self._scan(queries, min(k + SPARE_CANDIDATES, n_allowed), allowed, check)
        return [
            self._finish(query, k, n_allowed, (slots[i], scores[i]), allowed)
            for i, query in enumerate(queries)
        ]

    def _require_fitting(self, queries: NDArray[np.float32]) -> None:
        if queries.shape[1] != self.dimension:
            raise LabError(
                f"The query has {queries.shape[1]:,} dimensions, the embeddings have "
                f"{self.dimension:,}.",
                hint="Use the encoder that embedded this corpus.",
            )
        if not np.isfinite(queries).all():
            raise LabError("The encoder returned a vector for the query that is not finite.")

    def _scan(
        self,
        queries: NDArray[np.float32],
        n_wanted: int,
        allowed: NDArray[np.bool_] | None,
        check: Callable[[], None],
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        best_scores = np.empty((len(queries), 0), dtype=np.float32)
        best_slots = np.empty((len(queries), 0), dtype=np.int64)
        for start in range(0, len(self), BLOCK_ROWS):
            check()
            block = self.vectors[start : start + BLOCK_ROWS]
            part = None if allowed is None else allowed[start : start + BLOCK_ROWS]
            scores, slots = _knn(queries, block, min(n_wanted, len(block)), part)
            scores = np.concatenate([best_scores, scores], axis=1)
            slots = np.concatenate([best_slots, np.where(slots < 0, -1, slots + start)], axis=1)
            order = np.argsort(-scores, axis=1, kind="stable")[:, :n_wanted]
            best_scores = np.take_along_axis(scores, order, axis=1)
            best_slots = np.take_along_axis(slots, order, axis=1)
        return best_scores, best_slots

    def _finish(
        self,
        query: NDArray[np.float32],
        k: int,
        n_allowed: int,
        found: tuple[NDArray[np.int64], NDArray[np.float32]],
        allowed: NDArray[np.bool_] | None,
    ) -> Hits:
        slots, scores = found
        threshold = scores[k - 1] - SCAN_ERROR * max(1.0, float(np.linalg.norm(query)))
        if len(slots) < n_allowed and scores[-1] >= threshold:
            # More vectors tie for the last place than there were spare candidates.
            slots = np.flatnonzero(self.vectors @ query >= threshold)
            if allowed is not None:
                slots = slots[allowed[slots]]
        else:
            slots = slots[scores >= threshold]
        return self._best(query, slots, k)

    def _best(self, query: NDArray[np.float32], slots: NDArray[np.int64], k: int) -> Hits:
        # A row's own sum, not a matrix product: equal vectors get equal scores to the last bit.
        wide = query.astype(np.float64)
        parts = np.array_split(slots, 1 + len(slots) // FEW_ROWS)
        scores = np.concatenate([(self.vectors[part] * wide).sum(axis=1) for part in parts])
        order = np.lexsort((self.rows[slots], -scores))[:k]
        return slots[order], scores[order]


def _knn(
    queries: NDArray[np.float32],
    block: NDArray[np.float32],
    k: int,
    allowed: NDArray[np.bool_] | None,
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return what :func:`faiss.knn` returns, which has no way to leave rows out."""
    import faiss

    queries = np.ascontiguousarray(queries, dtype=np.float32)
    block = np.ascontiguousarray(block, dtype=np.float32)
    scores = np.empty((len(queries), k), dtype=np.float32)
    slots = np.empty((len(queries), k), dtype=np.int64)
    arguments: list[Any] = [faiss.swig_ptr(queries), faiss.swig_ptr(block)]
    arguments += [block.shape[1], len(queries), len(block), k]
    arguments += [faiss.swig_ptr(scores), faiss.swig_ptr(slots)]
    if allowed is not None:
        bits = np.packbits(allowed, bitorder="little")
        arguments.append(faiss.IDSelectorBitmap(len(bits), faiss.swig_ptr(bits)))
    faiss.knn_inner_product(*arguments)
    return scores, slots


def open_index(vector_set: VectorSet) -> ExactIndex:
    """Return the index over a vector set as it stands; the last few stay open for typing."""
    return _open(vector_set.folder, vector_set.meta.created, vector_set.n_rows)


@lru_cache(maxsize=4)
def _open(folder: Path, created: float, n_rows: int) -> ExactIndex:
    vector_set = VectorSet(folder)
    del created, n_rows  # they tell one state of the folder from the next
    return ExactIndex(vector_set.vectors(), vector_set.rows())
