"""Small sets of pairs to mine negatives from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.contracts import BatchRows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def at_angles(*degrees: float) -> NDArray[np.float32]:
    """Return unit vectors in the plane."""
    radians = np.radians(degrees)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


def numbered(contents: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
    return np.asarray(contents, dtype=np.int64)


def distinct_rows(n: int, labels: Sequence[int] | None = None) -> BatchRows:
    """Return rows of which no two share a content."""
    numbers = np.arange(n, dtype=np.int64)
    classes = np.full(n, -1, np.int64) if labels is None else numbered(labels)
    return BatchRows(numbers, n + numbers, classes)


def random_units(n: int, dimension: int, seed: int) -> NDArray[np.float32]:
    vectors = np.random.default_rng(seed).normal(size=(n, dimension)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
