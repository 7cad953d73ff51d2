"""Writing a corpus: rows are staged in a database of their own and appear all at once.

The staging database also remembers how far the reader had come, in the same transaction as the
rows, so that an import killed at any moment goes on without losing or doubling a row.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from embedding_lab.storage import write_json
from embedding_lab.workspace.corpus import CORPUS_FILE, DATABASE_FILE, Corpus, Document
from embedding_lab.workspace.corpus_counts import corpus_counts
from embedding_lab.workspace.corpus_pictures import insert_picture
from embedding_lab.workspace.corpus_report import insert_report, read_report
from embedding_lab.workspace.corpus_schema import INDEXES, SCHEMA
from embedding_lab.workspace.corpus_sources import write_sources

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from embedding_lab.workspace.corpus_pictures import StoredPicture
    from embedding_lab.workspace.corpus_report import ReportLine
    from embedding_lab.workspace.corpus_sources import SourceFile

STAGING_TABLE = "CREATE TABLE staging (key TEXT PRIMARY KEY, value TEXT NOT NULL)"
INSERT_DOCUMENT = "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
# Enough for the upper levels of the index over a million ids.
CACHE_KIB = 32 * 1024

_encode_extra = json.JSONEncoder(ensure_ascii=False).encode


def content_key(document: Document) -> int:
    """Return a signed 64-bit number that equal contents share (SQLite's integer width).

    The content is title and text, and the picture if there is one.
    """
    picture = f"\x1f{document.picture}" if document.picture else ""
    whole = f"{document.title or ''}\x1f{document.text}{picture}"
    content = whole.encode(errors="surrogatepass")
    digest = hashlib.blake2b(content, digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


class CorpusWriter:
    """Collects the rows of one import in a staging folder, then publishes them as a corpus.

    Parameters
    ----------
    folder : Path
        The staging folder; made when missing, taken up where it stopped when it is there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / DATABASE_FILE
        is_new = not path.exists() or path.stat().st_size == 0
        self._connection = sqlite3.connect(path, timeout=10, check_same_thread=False)
        # A power cut may cost the newest rows of a staging file, never its consistency.
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        if is_new:
            self._connection.executescript(f"BEGIN; {SCHEMA} {STAGING_TABLE}; COMMIT;")
        row = self._connection.execute("SELECT MAX(row) FROM documents").fetchone()[0]
        self.n_rows: int = 0 if row is None else row + 1
        self.n_rejected: int = self._count("report WHERE is_rejected")

    def position(self) -> dict[str, Any]:
        """Return what :meth:`commit` last stored; empty for a fresh import."""
        record = self._connection.execute(
            "SELECT value FROM staging WHERE key = 'position'"
        ).fetchone()
        return dict(json.loads(record[0])) if record else {}

    def add_document(self, document: Document, source: int = 0, line: int = 0) -> bool:
        """Add one row. Return ``False`` if its id is taken; nothing is added then."""
        try:
            self._connection.execute(
                INSERT_DOCUMENT, _document_record(self.n_rows, document, source, line)
            )
        except sqlite3.IntegrityError:
            return False
        self.n_rows += 1
        return True

    def add_documents(
        self,
        documents: Sequence[tuple[Document, int]],
        source: int = 0,
        *,
        numbers_rows: bool = False,
    ) -> list[tuple[int, str, str]]:
        """Add many rows; one whose id is taken gets a numbered one: ``x#2``.

        Parameters
        ----------
        documents : sequence of (Document, int)
            The rows, each with the line it stands on.
        source : int, default 0
            The number of the file they come from.
        numbers_rows : bool, default False
            Give rows their row number as id now rather than when the corpus is published, which
            saves a second pass where no row brings an id.

        Returns
        -------
        list of (int, str, str)
            Line, id and the new id of every row whose id was taken.
        """
        records = [
            _document_record(row, document, source, line, str(row) if numbers_rows else None)
            for row, (document, line) in enumerate(documents, start=self.n_rows)
        ]
        # Taken ids are rare, so all rows are tried together first. The savepoint must not be the
        # outermost one: releasing that would commit.
        if not self._connection.in_transaction:
            self._connection.execute("BEGIN")
        self._connection.execute("SAVEPOINT batch")
        try:
            self._connection.executemany(INSERT_DOCUMENT, records)
        except sqlite3.IntegrityError:
            self._connection.execute("ROLLBACK TO batch")
            self._connection.execute("RELEASE batch")
            return self._add_renaming(documents, source, numbers_rows=numbers_rows)
        self._connection.execute("RELEASE batch")
        self.n_rows += len(records)
        return []

    def _add_renaming(
        self, documents: Sequence[tuple[Document, int]], source: int, *, numbers_rows: bool
    ) -> list[tuple[int, str, str]]:
        renamed = []
        for document, line in documents:
            if numbers_rows:
                document = replace(document, id=str(self.n_rows))  # noqa: PLW2901
            wanted, number = document.id or "", 1
            while not self.add_document(document, source, line):
                number += 1
                document = replace(document, id=f"{wanted}#{number}")  # noqa: PLW2901
            if number > 1:
                renamed.append((line, wanted, document.id or ""))
        return renamed

    def add_picture(self, picture: StoredPicture) -> str:
        """Store a picture unless its content is there; return the path it is stored under."""
        return insert_picture(self._connection, picture)

    def has_document(self, document_id: str) -> bool:
        """Return whether a row with this id was added."""
        return self._has("documents", document_id)

    def has_query(self, query_id: str) -> bool:
        """Return whether a query with this id was added."""
        return self._has("queries", query_id)

    def _has(self, table: str, wanted: str) -> bool:
        sql = f"SELECT EXISTS (SELECT 1 FROM {table} WHERE id = ?)"
        return bool(self._connection.execute(sql, (wanted,)).fetchone()[0])

    def add_query(self, query_id: str, text: str) -> bool:
        """Add one query. Return ``False`` if its id is taken."""
        cursor = self._connection.execute(
            "INSERT OR IGNORE INTO queries (id, text) VALUES (?, ?)", (query_id, text)
        )
        return cursor.rowcount == 1

    def add_judgement(self, split: str, query_id: str, document_id: str, grade: float) -> bool:
        """Add one judgement. Return ``False`` if the pair was judged already in this split."""
        cursor = self._connection.execute(
            "INSERT OR IGNORE INTO qrels VALUES (?, ?, ?, ?)", (split, query_id, document_id, grade)
        )
        return cursor.rowcount == 1

    def report(self, *lines: ReportLine) -> None:
        """Note rows that did not come in, or came in with a change."""
        insert_report(self._connection, lines)
        self.n_rejected += sum(line.is_rejected for line in lines)

    def source_rows(self) -> dict[int, int]:
        """Return how many rows came from each file, by its number."""
        return dict(
            self._connection.execute("SELECT source, COUNT(*) FROM documents GROUP BY source")
        )

    def first_reports(self, limit: int) -> list[ReportLine]:
        """Return the first rows that did not come in."""
        return read_report(self._connection, limit, rejected_only=True)

    def commit(self, position: dict[str, Any]) -> None:
        """Keep everything added so far, together with how far the reader has come."""
        self._connection.execute(
            "INSERT OR REPLACE INTO staging VALUES ('position', ?)", (json.dumps(position),)
        )
        self._connection.commit()

    def close(self) -> None:
        """Close the staging database; what was not committed is forgotten."""
        self._connection.close()

    def publish(
        self,
        target: Path,
        *,
        corpus_id: str,
        name: str,
        extra_columns: Sequence[str],
        sources: Sequence[SourceFile],
        roles: Mapping[str, str] | None = None,
    ) -> Corpus:
        """Turn the staged rows into a new corpus at ``target`` (by one rename) and close.

        Parameters
        ----------
        target : Path
            The folder of the new corpus; it must not exist.
        corpus_id, name : str
            What the corpus is called, inside and outside.
        extra_columns : sequence of str
            The columns beside id, title, text and label, in a table's order.
        sources, roles : optional
            The files the rows came from; what extra columns mean.
        """
        # The position stays in the database: an import killed before the rename finds it there.
        self._number_rows()
        self._connection.executescript(f"BEGIN; {INDEXES} COMMIT;")
        write_sources(self._connection, sources)
        record = corpus_counts(self._connection) | {
            "id": corpus_id,
            "name": name,
            "created": time.time(),
            "extra_columns": list(extra_columns),
            "roles": dict(roles or {}),
            "n_sources": len(sources),
        }
        self._connection.commit()
        self._connection.close()
        write_json(self.folder / CORPUS_FILE, record)
        with (self.folder / DATABASE_FILE).open("rb+") as file:
            os.fsync(file.fileno())
        target.parent.mkdir(parents=True, exist_ok=True)
        self.folder.replace(target)
        return Corpus(target)

    def _number_rows(self) -> None:
        """Give rows without an id their row number, or the nearest to it that is free."""
        self._connection.execute(
            "UPDATE OR IGNORE documents SET id = CAST(row AS TEXT) WHERE id IS NULL"
        )
        left = self._connection.execute("SELECT row FROM documents WHERE id IS NULL").fetchall()
        for (row,) in left:
            number = 2
            while self.has_document(f"{row}#{number}"):
                number += 1
            self._connection.execute(
                "UPDATE documents SET id = ? WHERE row = ?", (f"{row}#{number}", row)
            )

    def _count(self, table: str) -> int:
        return int(self._connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])


def _document_record(
    row: int, document: Document, source: int, line: int, given_id: str | None = None
) -> tuple[Any, ...]:
    extra = _encode_extra(document.extra) if document.extra else None
    return (
        row,
        document.id or given_id,
        document.text,
        document.title,
        document.label,
        extra,
        content_key(document),
        source,
        line,
        document.picture,
    )
