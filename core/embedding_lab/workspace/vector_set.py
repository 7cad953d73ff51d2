"""Embeddings on disk: a raw file of float32 rows with a committed row count.

``vectors.f32`` holds little-endian float32 rows one after another in the order they were encoded;
``rows.i64`` holds, for each of them, the corpus row it belongs to. ``state.json`` says how many
are committed; bytes behind that are never trusted. Appending is all that ever happens, so a killed
process loses at most the batch it was writing, and rows added to the corpus are simply encoded
behind the others.
"""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from embedding_lab.errors import WorkspaceError
from embedding_lab.storage import from_record, read_json, write_json
from embedding_lab.types import Modality

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

META_FILE = "meta.json"
STATE_FILE = "state.json"
VECTORS_FILE = "vectors.f32"
ROWS_FILE = "rows.i64"
ANEW = "Delete these embeddings and embed the corpus again."
FLOAT = np.dtype("<f4")
INTEGER = np.dtype("<i8")


@dataclass(frozen=True)
class VectorSetMeta:
    """What the vectors are vectors of; written once, never changed.

    ``fingerprint`` covers everything that decides the values: encoder files, pooling, prompt,
    normalization, truncation, engine, precision and the columns that were encoded. ``rendering``
    is the embedding prompt of both sides, if there is one: its ``name``, its ``texts``, the
    ``pooling`` and the ``layer``.
    """

    fingerprint: str
    corpus_id: str
    encoder_id: str
    encoder_name: str
    prompt: str
    dimension: int
    max_length: int
    engine: str
    precision: str
    created: float
    encodes_empty: bool = False
    modality: str = Modality.TEXT.value
    rendering: dict[str, Any] | None = None

    @property
    def embedding_prompt(self) -> str:
        """The name of the embedding prompt; empty without one."""
        return str(self.rendering["name"]) if self.rendering else ""


@dataclass(frozen=True)
class VectorSetState:
    """How far a vector set has come. ``n_truncated`` counts rows longer than the encoder takes."""

    n_rows: int = 0
    n_truncated: int = 0
    n_tokens: int = 0
    seconds: float = 0.0


class VectorSet:
    """Read access to the committed vectors of one set."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            self.meta = from_record(VectorSetMeta, read_json(folder / META_FILE))
            self.state = from_record(VectorSetState, read_json(folder / STATE_FILE))
        except TypeError as error:
            raise WorkspaceError(
                f"The record of the embeddings in {folder} is damaged.", hint=ANEW
            ) from error

    @property
    def key(self) -> str:
        """The folder's name, a hash of corpus and fingerprint."""
        return self.folder.name

    @property
    def n_rows(self) -> int:
        """How many vectors are committed."""
        return self.state.n_rows

    def refreshed(self) -> VectorSet:
        """Return the same set as it stands on disk now."""
        return VectorSet(self.folder)

    def vectors(self) -> NDArray[np.float32]:
        """Return the committed vectors, shape (n, d), float32, memory-mapped and read-only."""
        shape = (self.n_rows, self.meta.dimension)
        if self.n_rows == 0:
            return np.zeros(shape, dtype=FLOAT)
        _require_whole(self.folder / VECTORS_FILE, shape[0] * shape[1] * FLOAT.itemsize)
        return np.memmap(self.folder / VECTORS_FILE, dtype=FLOAT, mode="r", shape=shape)

    def rows(self) -> NDArray[np.int64]:
        """Return the corpus row of each committed vector, shape (n,), int64."""
        _require_whole(self.folder / ROWS_FILE, self.n_rows * INTEGER.itemsize)
        return np.fromfile(self.folder / ROWS_FILE, dtype=INTEGER, count=self.n_rows)

    def in_row_order(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return ``(rows, slots)``, rows ascending; vector ``slots[i]`` belongs to ``rows[i]``."""
        rows = self.rows()
        slots = np.argsort(rows, kind="stable")
        return rows[slots], slots


class VectorWriter:
    """Appends vectors to a set, committing after every batch.

    Opening an existing set first cuts off whatever lies behind the committed count.
    """

    def __init__(self, folder: Path, meta: VectorSetMeta) -> None:
        self.folder = folder
        self.meta = meta
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / STATE_FILE).exists():
            write_json(folder / META_FILE, asdict(meta))
            write_json(folder / STATE_FILE, asdict(VectorSetState()))
        self.state = from_record(VectorSetState, read_json(folder / STATE_FILE))
        self._vectors = self._open(
            VECTORS_FILE, self.state.n_rows * meta.dimension * FLOAT.itemsize
        )
        self._rows = self._open(ROWS_FILE, self.state.n_rows * INTEGER.itemsize)

    def _open(self, name: str, committed_bytes: int) -> BinaryIO:
        path = self.folder / name
        path.touch()
        _require_whole(path, committed_bytes)
        file = path.open("rb+")
        file.truncate(committed_bytes)
        file.seek(0, os.SEEK_END)
        return file

    def append(
        self,
        rows: NDArray[np.int64],
        vectors: NDArray[np.float32],
        *,
        n_truncated: int = 0,
        n_tokens: int = 0,
        seconds: float = 0.0,
    ) -> None:
        """Append and commit one batch.

        Parameters
        ----------
        rows : ndarray of int64, shape (b,)
            Corpus rows.
        vectors : ndarray of float32, shape (b, d)
            Their vectors.
        n_truncated, n_tokens : int
            How many of the rows were cut at the maximum length, and how many tokens they had.
        seconds : float
            Time the batch took.

        Raises
        ------
        OSError
            For example on a full disk; what was committed before stays valid.
        """
        self._vectors.write(np.ascontiguousarray(vectors, dtype=FLOAT).tobytes())
        self._rows.write(np.ascontiguousarray(rows, dtype=INTEGER).tobytes())
        self._vectors.flush()
        self._rows.flush()
        self.state = VectorSetState(
            n_rows=self.state.n_rows + len(rows),
            n_truncated=self.state.n_truncated + n_truncated,
            n_tokens=self.state.n_tokens + n_tokens,
            seconds=self.state.seconds + seconds,
        )
        write_json(self.folder / STATE_FILE, asdict(self.state), durable=False)

    def close(self) -> None:
        """Force everything to the disk and close the files."""
        with self._vectors, self._rows:
            for file in (self._vectors, self._rows):
                file.flush()
                os.fsync(file.fileno())
        write_json(self.folder / STATE_FILE, asdict(self.state))

    def __enter__(self) -> VectorWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _require_whole(path: Path, committed_bytes: int) -> None:
    if committed_bytes and (not path.exists() or path.stat().st_size < committed_bytes):
        raise WorkspaceError(
            f"The embeddings in {path.parent} are damaged: {path.name} is shorter than its "
            "committed rows.",
            hint=ANEW,
        )
