"""Vectors of class texts, kept under the literal text: an edit encodes only what is new."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.encoders import pool
from embedding_lab.encoders.contract import EncodeOptions
from embedding_lab.encoders.fingerprint import fingerprint
from embedding_lab.encoders.loop import encode_rows
from embedding_lab.types import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.workspace.workspace import Workspace

FLOAT = np.dtype("<f4")
TABLE = "CREATE TABLE IF NOT EXISTS texts (text TEXT PRIMARY KEY, vector BLOB NOT NULL)"
AT_ONCE = 500
AS_QUERIES = EncodeOptions(role=Role.QUERY)


class TextVectors:
    """Encodes short texts with one encoder in one way, each of them only once.

    They are kept in the workspace's cache, in a file for everything that decides a text's vector;
    in a workspace that is open read-only, in memory.

    Parameters
    ----------
    workspace : Workspace
        Where they are kept.
    record : EncoderRecord
        The encoder.
    options : EncodeOptions, optional
        How they are read; as queries with nothing around them without it.

    Attributes
    ----------
    n_encoded : int
        How many texts had to be encoded.
    """

    def __init__(
        self,
        workspace: Workspace,
        record: EncoderRecord,
        options: EncodeOptions = AS_QUERIES,
    ) -> None:
        self._record = record
        self._options = options
        rendered = options.rendering.to_record() if options.rendering else None
        name = fingerprint(record, prompt=options.prompt, rendering=rendered)
        mark = hashlib.sha256(f"{name} {options.role}".encode())
        self._path = workspace.cache_folder / "prompt-texts" / f"{mark.hexdigest()[:24]}.sqlite"
        self._is_writable = workspace.is_writable
        self._kept: dict[str, NDArray[np.float32]] = {}
        self.n_encoded = 0

    def get(
        self,
        texts: Sequence[str],
        *,
        check: Callable[[], None] = lambda: None,
        say: Callable[[str], None] = lambda _: None,
    ) -> NDArray[np.float32]:
        """Return the unit vectors of texts, shape (n, d), float32.

        Parameters
        ----------
        texts : sequence of str
            What to encode; equal texts are encoded once.
        check : callable, optional
            Called between batches; may raise to stop. What was encoded before is kept.
        say : callable, optional
            Told before the encoder is loaded.
        """
        wanted = [text for text in dict.fromkeys(texts) if text not in self._kept]
        self._kept |= self._stored(wanted)
        missing = [text for text in wanted if text not in self._kept]
        if missing:
            self._encode(missing, check, say)
        if not texts:
            return np.zeros((0, self._record.dimension), dtype=np.float32)
        return np.stack([self._kept[text] for text in texts])

    def _encode(
        self, texts: list[str], check: Callable[[], None], say: Callable[[str], None]
    ) -> None:
        encoder = pool.load(self._record, say)
        for batch in encode_rows(encoder, enumerate(texts), self._options, check=check):
            # An overwritten row cannot change a cached one: each is a copy of its own.
            found = {
                texts[row]: np.array(vector, dtype=FLOAT)
                for row, vector in zip(batch.rows, batch.vectors, strict=True)
            }
            self._store(found)
            self._kept |= found
            self.n_encoded += len(found)

    def _stored(self, texts: list[str]) -> dict[str, NDArray[np.float32]]:
        if not texts or not self._path.exists():
            return {}
        found: dict[str, NDArray[np.float32]] = {}
        try:
            with closing(_connect(self._path, mode="ro")) as database:
                for first in range(0, len(texts), AT_ONCE):
                    part = texts[first : first + AT_ONCE]
                    marks = ",".join("?" * len(part))
                    cursor = database.execute(
                        f"SELECT text, vector FROM texts WHERE text IN ({marks})", part
                    )
                    found |= {text: np.frombuffer(vector, dtype=FLOAT) for text, vector in cursor}
        except sqlite3.DatabaseError:
            # A damaged cache is worth no error: what it held is encoded again.
            if self._is_writable:
                self._path.unlink(missing_ok=True)
            return {}
        return found

    def _store(self, found: dict[str, NDArray[np.float32]]) -> None:
        if not self._is_writable:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with closing(_connect(self._path, mode="rwc")) as database, database:
            database.execute(TABLE)
            database.executemany(
                "INSERT OR REPLACE INTO texts VALUES (?, ?)",
                [(text, vector.tobytes()) for text, vector in found.items()],
            )


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=10)
