"""Reading the database of a corpus, whatever became of its file."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from embedding_lab.errors import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ANEW = "Put a copy of it from a backup in its place, or import the corpus again."
DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CANTOPEN}


@contextmanager
def read_only(path: Path, corpus: str) -> Iterator[sqlite3.Connection]:
    """Open the database of a corpus, named for the user, for as long as the block lasts.

    Raises
    ------
    WorkspaceError
        If it is missing, or turns out to be damaged within the block.
    """
    uri = f"{path.absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=10)) as connection:
            yield connection
    except sqlite3.Error as error:
        if not _tells_damage(error):
            raise
        raise WorkspaceError(
            f"The database of the corpus {corpus} is missing or damaged: {path}.", hint=ANEW
        ) from error


def _tells_damage(error: sqlite3.Error) -> bool:
    # Codes say more in their higher bits. A file that lost everything is a database without tables.
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF
    return code in DAMAGE or str(error).startswith("no such table")
