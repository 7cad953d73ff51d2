"""Mined negatives on disk: which training rows are hard negatives of each other.

A table's folder holds ``meta.json`` (what was mined with what, written last), ``report.json``
(every figure), ``clusters.json`` (to read and to take elsewhere), and the same as arrays: all rows
of all clusters behind each other in ``members.npy``, where each cluster ends in ``ends.npy``, and
the pairs that were weighed. A table is written once and never changed.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.contracts import Mined, MinedPairs
from embedding_lab.errors import LabError, WorkspaceError
from embedding_lab.storage import from_record, read_json, write_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

META_FILE, REPORT_FILE, CLUSTERS_FILE = "meta.json", "report.json", "clusters.json"


@dataclass(frozen=True)
class NegativesMeta:
    """What a table of negatives is.

    Attributes
    ----------
    id, name : str
        The name is the user's.
    created : float
        Seconds since the epoch.
    corpus_id, corpus : str
        Where the rows are from.
    rows_digest : str
        Of the training rows: equal digests, equal rows in equal order.
    form, source : str
        What each row holds, and where in the corpus its sides come from.
    choice : dict
        Which rows were read: ``source``, ``split``, ``filter``, ``limit``, ``seed``.
    encoder_id, encoder : str
        What the vectors are from.
    anchor_fingerprint, positive_fingerprint : str
        Everything that decided the vectors of the two sides, their prompts included.
    anchor_prompt, positive_prompt : str
        Literal prompts.
    sampler : str
        The id of the miner.
    values : dict
        Its parameters.
    n_rows, n_clusters, n_covered : int
        Training rows, clusters, and rows that are in at least one of them.
    """

    id: str
    name: str
    created: float
    corpus_id: str
    corpus: str
    rows_digest: str
    form: str
    source: str
    encoder_id: str
    encoder: str
    anchor_fingerprint: str
    positive_fingerprint: str
    anchor_prompt: str
    positive_prompt: str
    sampler: str
    n_rows: int
    n_clusters: int
    n_covered: int
    choice: dict[str, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def coverage(self) -> float:
        """Share of the rows that are in a cluster, from 0 to 1."""
        return self.n_covered / self.n_rows


class NegativesTable:
    """Read access to one table of mined negatives."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            self.meta = from_record(NegativesMeta, read_json(folder / META_FILE))
        except TypeError as error:
            raise LabError(
                f"The record {folder / META_FILE} is damaged.", hint="Mine these negatives again."
            ) from error

    def report(self) -> dict[str, Any]:
        """Return every figure that was told when the negatives were mined."""
        return dict(read_json(self.folder / REPORT_FILE))

    def mined(self) -> Mined:
        """Return clusters, phases, ranks and weighed pairs; the pairs stay on the disk."""
        names = [item.name for item in fields(MinedPairs)]
        pairs = MinedPairs(**{name: self._array(f"pair_{name}", mapped=True) for name in names})
        return Mined(
            clusters=self.clusters(),
            phases=self._array("phases"),
            pairs=pairs,
            true_ranks=self._array("true_ranks"),
            notes=tuple(self.report().get("notes", ())),
        )

    def clusters(self) -> tuple[NDArray[np.int64], ...]:
        """Return the rows of each cluster, its anchor first."""
        members, ends = self._array("members"), self._array("ends")
        return tuple(np.split(members, ends[:-1])) if len(ends) else ()

    def clusters_within(self, numbers: NDArray[np.int64]) -> tuple[NDArray[np.int64], ...]:
        """Return the clusters of some of the rows, renumbered to their places in ``numbers``.

        Rows that are not among them are left out, and with them clusters of which a single row
        would be left: what is held out of training takes no part as a negative either.

        Parameters
        ----------
        numbers : ndarray of int64, shape (m,)
            Distinct row numbers.
        """
        place = np.full(self.meta.n_rows, -1, dtype=np.int64)
        place[numbers] = np.arange(len(numbers))
        found = (place[cluster] for cluster in self.clusters())
        kept = (cluster[cluster >= 0] for cluster in found)
        return tuple(cluster for cluster in kept if len(cluster) > 1)

    def is_current(self, rows_digest: str) -> bool:
        """Return whether the negatives were mined from exactly these training rows."""
        return self.meta.rows_digest == rows_digest

    def require_current(self, rows_digest: str) -> None:
        """Raise a :class:`WorkspaceError` unless :meth:`is_current`."""
        if not self.is_current(rows_digest):
            raise WorkspaceError(
                f"The negatives {self.meta.name} were mined from other rows: the corpus "
                f"{self.meta.corpus} or the choice of its rows has changed since.",
                hint="Mine them again from the rows to train with.",
            )

    def _array(self, name: str, *, mapped: bool = False) -> NDArray[Any]:
        try:
            found: NDArray[Any] = np.load(
                self.folder / f"{name}.npy", mmap_mode="r" if mapped else None, allow_pickle=False
            )
        except (OSError, ValueError) as error:
            raise WorkspaceError(
                f"The negatives {self.meta.name} are damaged: {name}.npy cannot be read.",
                hint="Delete them and mine them again.",
            ) from error
        return found


def write_negatives(
    folder: Path,
    meta: NegativesMeta,
    mined: Mined,
    report: dict[str, Any],
    ids: Sequence[str | int],
) -> None:
    """Write a table into an empty folder.

    Parameters
    ----------
    folder : Path
        Where; put it into place when it is whole.
    meta : NegativesMeta
        What it is.
    mined : Mined
        What was found.
    report : dict
        A JSON object with every figure and the ``notes``.
    ids : sequence of str or int, length n
        What each training row is called in ``clusters.json``.
    """
    ends = np.cumsum([len(cluster) for cluster in mined.clusters], dtype=np.int64)
    empty = np.zeros(0, dtype=np.int64)
    arrays = {
        "members": np.concatenate([empty, *mined.clusters]),
        "ends": ends,
        "phases": mined.phases,
        "true_ranks": mined.true_ranks,
    }
    arrays |= {f"pair_{item.name}": getattr(mined.pairs, item.name) for item in fields(MinedPairs)}
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
    write_json(folder / CLUSTERS_FILE, list(_readable(mined, ids)))
    write_json(folder / REPORT_FILE, report)
    write_json(folder / META_FILE, asdict(meta))


def _readable(mined: Mined, ids: Sequence[str | int]) -> Iterator[dict[str, Any]]:
    pairs = mined.pairs
    chosen = np.flatnonzero(pairs.is_chosen)
    # Pairs stand cluster by cluster, and an anchor has one cluster.
    ends = np.cumsum([len(cluster) - 1 for cluster in mined.clusters])
    for cluster, phase, end in zip(mined.clusters, mined.phases, ends, strict=True):
        anchor = int(cluster[0])
        members = [
            {
                "row": int(pairs.rows[at]),
                "id": ids[int(pairs.rows[at])],
                "candidate_cosine": round(float(pairs.candidate_cosines[at]), 6),
                "owner_cosine": round(float(pairs.owner_cosines[at]), 6),
            }
            for at in chosen[end - len(cluster) + 1 : end]
        ]
        yield {
            "anchor": {"row": anchor, "id": ids[anchor]},
            "members": members,
            "phase": int(phase),
        }
