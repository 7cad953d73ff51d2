"""The files a corpus was read from: a folder of pictures brings one for each of them.

They are a table of the corpus's database rather than a list in its manifest, which is read whole
whenever the corpora are listed.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

SOURCES_TABLE = """
CREATE TABLE IF NOT EXISTS sources (
    number INTEGER PRIMARY KEY, path TEXT NOT NULL, digest TEXT NOT NULL, n_bytes INTEGER NOT NULL,
    n_rows INTEGER NOT NULL, imported REAL NOT NULL);
"""
COLUMNS = "path, digest, n_bytes, n_rows, imported"


@dataclass(frozen=True)
class SourceFile:
    """One imported file, remembered so that dropping it again is noticed.

    ``digest`` is SHA-256 over the bytes of the file as it lies on disk.
    """

    path: str
    digest: str
    n_bytes: int
    n_rows: int
    imported: float


def write_sources(
    connection: sqlite3.Connection, sources: Iterable[SourceFile], first: int = 0
) -> None:
    """Write sources from number ``first`` on; what had these numbers or higher ones is replaced."""
    connection.execute(SOURCES_TABLE)
    connection.execute("DELETE FROM main.sources WHERE number >= ?", (first,))
    connection.executemany(
        f"INSERT INTO main.sources (number, {COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)",
        ((number, *astuple(source)) for number, source in enumerate(sources, first)),
    )


def read_sources(connection: sqlite3.Connection, n: int) -> tuple[SourceFile, ...]:
    """Return the first ``n`` sources; those behind belong to an addition that was cut short."""
    cursor = connection.execute(
        f"SELECT {COLUMNS} FROM sources WHERE number < ? ORDER BY number", (n,)
    )
    return tuple(SourceFile(*record) for record in cursor)
