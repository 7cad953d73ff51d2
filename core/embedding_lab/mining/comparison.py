"""Miners beside each other on the same vectors, and tables of negatives beside each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.mining.hardness import chosen, described, histograms, random_negatives

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from embedding_lab.contracts import BatchRows, Mined
    from embedding_lab.mining.hardness import Judge
    from embedding_lab.workspace.negatives import NegativesTable

RANDOM = "random"


def n_covered(clusters: Sequence[NDArray[np.int64]]) -> int:
    """Return how many rows are in at least one cluster."""
    return len(np.unique(np.concatenate(clusters))) if clusters else 0


def compare_miners(
    mined: Mapping[str, Mined],
    anchors: NDArray[np.float32],
    positives: NDArray[np.float32],
    rows: BatchRows,
    judge: Judge,
) -> list[dict[str, Any]]:
    """Return hardness, coverage and false negatives of miners, and of random pairs last.

    Parameters
    ----------
    mined : mapping
        What each miner found, by its id.
    anchors, positives : ndarray of float32, shape (n, d)
        The unit vectors that all of them were given.
    rows : BatchRows
        The same rows.
    judge : Judge
        Tells false negatives.
    """
    pairs = {name: chosen(found.pairs) for name, found in mined.items()}
    most = max((len(found.rows) for found in pairs.values()), default=0)
    pairs[RANDOM] = random_negatives(anchors, positives, rows, most)
    entries = [{"sampler": name} | described(found, judge) for name, found in pairs.items()]
    for entry, histogram in zip(entries, histograms(list(pairs.values())), strict=True):
        entry["histogram"] = histogram
        found = mined.get(str(entry["sampler"]))
        entry["coverage"] = n_covered(found.clusters) / len(rows) if found else 1.0
        entry["n_clusters"] = len(found.clusters) if found else None
    return entries


def compare_tables(tables: Sequence[NegativesTable]) -> dict[str, Any]:
    """Return the main figures of tables of negatives, and what keeps them from being compared.

    ``shared`` says for every table after the first what share of its negatives the first has too;
    ``None`` where the rows are others.
    """
    first = tables[0]
    keys = _pair_keys(first)
    entries = []
    for table in tables:
        report = table.report()
        is_same = table.meta.rows_digest == first.meta.rows_digest
        mine = _pair_keys(table)
        entries.append(
            {
                "negatives": table.meta.id,
                "name": table.meta.name,
                "sampler": table.meta.sampler,
                "values": table.meta.values,
                "encoder": table.meta.encoder,
                "coverage": table.meta.coverage,
                "n_clusters": table.meta.n_clusters,
                **{key: report[key] for key in ("candidate_cosine", "owner_cosine")},
                "false_negatives": report["false_negatives"],
                "shared": float(np.isin(mine, keys).mean()) if is_same and len(mine) else None,
            }
        )
    return {"tables": entries, "warnings": _differences(tables)}


def _pair_keys(table: NegativesTable) -> NDArray[np.int64]:
    pairs = chosen(table.mined().pairs)
    return pairs.anchors * table.meta.n_rows + pairs.rows


def _differences(tables: Sequence[NegativesTable]) -> list[str]:
    first, found = tables[0].meta, []
    for meta in (table.meta for table in tables[1:]):
        if meta.rows_digest != first.rows_digest:
            found.append(f"{meta.name} and {first.name} were mined from different rows.")
        if meta.anchor_fingerprint != first.anchor_fingerprint:
            found.append(
                f"{meta.name} and {first.name} were mined with different vectors, so their cosines "
                "cannot be compared."
            )
    return found
