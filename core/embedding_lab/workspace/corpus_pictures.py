"""The pictures of a corpus: a small copy of each, and where the whole one lies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from embedding_lab.errors import WorkspaceError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from embedding_lab.workspace.corpus import Corpus

PICTURES_TABLE = """
CREATE TABLE IF NOT EXISTS pictures (
    digest TEXT PRIMARY KEY, path TEXT NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,
    n_bytes INTEGER NOT NULL, thumbnail BLOB NOT NULL, thumbnail_kind TEXT NOT NULL, content BLOB);
"""
INSERT_PICTURE = "INSERT OR IGNORE INTO pictures VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
AT_ONCE = 500


@dataclass(frozen=True)
class StoredPicture:
    """One picture.

    Attributes
    ----------
    digest : str
        The beginning of the SHA-256 over its file: equal pictures are stored once.
    path : str
        Its file, which stays where it is; for one that stood in a table, the name it had there.
    width, height : int
        In pixels, upright.
    n_bytes : int
        Size of its file.
    thumbnail : bytes
        A small copy, at most 256 pixels wide and high.
    thumbnail_kind : str
        ``PNG`` or ``JPEG``.
    content : bytes, optional
        The whole file, for a picture that stood in a table.
    """

    digest: str
    path: str
    width: int
    height: int
    n_bytes: int
    thumbnail: bytes
    thumbnail_kind: str
    content: bytes | None = None

    def to_record(self) -> tuple[object, ...]:
        """Return the picture as a row of its table."""
        return tuple(vars(self).values())


def insert_picture(connection: sqlite3.Connection, picture: StoredPicture) -> str:
    """Store a picture unless its content is there already; return the path it is stored under."""
    connection.execute(INSERT_PICTURE, picture.to_record())
    found = connection.execute("SELECT path FROM pictures WHERE digest = ?", (picture.digest,))
    return str(found.fetchone()[0])


def thumbnails(corpus: Corpus, digests: Iterable[str]) -> dict[str, bytes]:
    """Return the small copies of pictures, as the bytes of PNG or JPEG files."""
    wanted = list(dict.fromkeys(digests))
    found: dict[str, bytes] = {}
    with corpus.connect() as connection:
        for first in range(0, len(wanted), AT_ONCE):
            part = wanted[first : first + AT_ONCE]
            found |= dict(_select(connection, "thumbnail", part))
    return found


def _select(
    connection: sqlite3.Connection, column: str, digests: Sequence[str]
) -> Iterable[tuple[str, bytes]]:
    marks = ",".join("?" * len(digests))
    return connection.execute(
        f"SELECT digest, {column} FROM pictures WHERE digest IN ({marks})", digests
    )


def picture_facts(corpus: Corpus, digest: str) -> StoredPicture:
    """Return what is stored of a picture, its whole content left out."""
    columns = "digest, path, width, height, n_bytes, thumbnail, thumbnail_kind"
    with corpus.connect() as connection:
        record = connection.execute(
            f"SELECT {columns} FROM pictures WHERE digest = ?", (digest,)
        ).fetchone()
    if record is None:
        raise WorkspaceError(f"The corpus {corpus.name} lacks a picture its rows name.")
    return StoredPicture(*record)


def picture_content(corpus: Corpus, digest: str) -> bytes:
    """Return the whole file of a picture.

    Raises
    ------
    WorkspaceError
        If its file is gone or holds another picture now.
    """
    from hashlib import sha256

    with corpus.connect() as connection:
        record = connection.execute(
            "SELECT path, content FROM pictures WHERE digest = ?", (digest,)
        ).fetchone()
    if record is None:
        raise WorkspaceError(f"The corpus {corpus.name} lacks a picture its rows name.")
    path, content = record
    if content is not None:
        return bytes(content)
    try:
        read = Path(path).read_bytes()
    except OSError as error:
        raise WorkspaceError(
            f"The picture {path} cannot be read: {error.strerror or error}.",
            hint="Pictures stay where they were when they were imported; put it back.",
        ) from error
    if sha256(read).hexdigest()[: len(digest)] != digest:
        raise WorkspaceError(
            f"The picture {path} has changed since it was imported.",
            hint="Import it anew.",
        )
    return read
