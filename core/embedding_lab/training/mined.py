"""Clusters of hard negatives of a run, kept so that a continued run need not mine them again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

CLUSTERS_FILE = "clusters.npz"


def save_clusters(folder: Path, clusters: Sequence[NDArray[np.int64]]) -> None:
    """Keep clusters, each an array of row numbers, in a run's folder."""
    temporary = folder / f"new-{CLUSTERS_FILE}"
    sizes = np.array([len(cluster) for cluster in clusters], dtype=np.int64)
    rows = np.concatenate([*clusters, np.empty(0, np.int64)]).astype(np.int64)
    np.savez(temporary, rows=rows, sizes=sizes)
    temporary.replace(folder / CLUSTERS_FILE)


def load_clusters(folder: Path) -> tuple[NDArray[np.int64], ...] | None:
    """Return the clusters kept in a run's folder; ``None`` if it had not come to that."""
    path = folder / CLUSTERS_FILE
    if not path.exists():
        return None
    with np.load(path, allow_pickle=False) as saved:
        return tuple(np.split(saved["rows"], np.cumsum(saved["sizes"])[:-1]))
