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
from typing import TYPE_CHECKING, Any

from embedding_lab.storage import write_json
from embedding_lab.workspace.corpus import (
    CORPUS_FILE,
    DATABASE_FILE,
    SCHEMA,
    Corpus,
    Document,
    ReportLine,
    SourceFile,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

STAGING_TABLE = "CREATE TABLE staging (key TEXT PRIMARY KEY, value TEXT NOT NULL)"


def content_key(document: Document) -> int:
    """Return a signed 64-bit number that equal title and text share (SQLite's integer width)."""
    content = f"{document.title or ''}\x1f{document.text}".encode(errors="surrogatepass")
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
        if is_new:
            self._connection.executescript(f"BEGIN; {SCHEMA} {STAGING_TABLE}; COMMIT;")
        row = self._connection.execute("SELECT MAX(row) FROM documents").fetchone()[0]
        self.n_rows: int = 0 if row is None else row + 1
        self.n_rejected: int = self._count("report WHERE is_rejected")
        self._ids_seen: bool = False

    def position(self) -> dict[str, Any]:
        """Return what :meth:`commit` last stored; empty for a fresh import."""
        record = self._connection.execute(
            "SELECT value FROM staging WHERE key = 'position'"
        ).fetchone()
        return dict(json.loads(record[0])) if record else {}

    def add_document(self, document: Document, source: int = 0, line: int = 0) -> bool:
        """Add one row. Return ``False`` if its id is taken; nothing is added then."""
        extra = json.dumps(document.extra, ensure_ascii=False) if document.extra else None
        try:
            self._connection.execute(
                "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    self.n_rows,
                    document.id,
                    document.text,
                    document.title,
                    document.label,
                    extra,
                    content_key(document),
                    source,
                    line,
                ),
            )
        except sqlite3.IntegrityError:
            return False
        self.n_rows += 1
        return True

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

    def report(self, line: ReportLine) -> None:
        """Note a row that did not come in, or came in with a change."""
        self._connection.execute(
            "INSERT INTO report (file, line, reason, excerpt, is_rejected) VALUES (?, ?, ?, ?, ?)",
            (line.file, line.line, line.reason, line.excerpt, int(line.is_rejected)),
        )
        self.n_rejected += int(line.is_rejected)

    def missing_judged(self) -> list[tuple[str, str, str]]:
        """Return judgements (split, query id, document id) whose query or document is absent."""
        return self._connection.execute(
            "SELECT split, query_id, document_id FROM qrels "
            "WHERE query_id NOT IN (SELECT id FROM queries) "
            "OR document_id NOT IN (SELECT id FROM documents WHERE id IS NOT NULL)"
        ).fetchall()

    def drop_judgements(self, judgements: Iterable[tuple[str, str, str]]) -> None:
        """Take judgements out again."""
        self._connection.executemany(
            "DELETE FROM qrels WHERE split = ? AND query_id = ? AND document_id = ?", judgements
        )

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
    ) -> Corpus:
        """Turn the staged rows into a new corpus at ``target`` (by one rename) and close."""
        self._connection.execute("UPDATE documents SET id = CAST(row AS TEXT) WHERE id IS NULL")
        self._connection.execute("DROP TABLE staging")
        record = self._describe(corpus_id, name, time.time(), extra_columns, sources)
        self._connection.commit()
        self._connection.close()
        write_json(self.folder / CORPUS_FILE, record)
        with (self.folder / DATABASE_FILE).open("rb+") as file:
            os.fsync(file.fileno())
        target.parent.mkdir(parents=True, exist_ok=True)
        self.folder.replace(target)
        return Corpus(target)

    def _describe(
        self,
        corpus_id: str,
        name: str,
        created: float,
        extra_columns: Sequence[str],
        sources: Sequence[SourceFile],
    ) -> dict[str, Any]:
        return describe(self._connection) | {
            "id": corpus_id,
            "name": name,
            "created": created,
            "extra_columns": list(extra_columns),
            "sources": [vars(source) for source in sources],
        }

    def _count(self, table: str) -> int:
        return int(self._connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])


def describe(connection: sqlite3.Connection) -> dict[str, Any]:
    """Return the counts that a corpus's manifest repeats from its database."""

    def one(sql: str) -> int:
        return int(connection.execute(sql).fetchone()[0])

    splits = connection.execute("SELECT DISTINCT split FROM qrels ORDER BY split")
    return {
        "n_rows": one("SELECT COUNT(*) FROM documents"),
        "n_empty": one("SELECT COUNT(*) FROM documents WHERE text = '' AND title IS NULL"),
        "n_queries": one("SELECT COUNT(*) FROM queries"),
        "n_judgements": one("SELECT COUNT(*) FROM qrels"),
        "n_rejected": one("SELECT COUNT(*) FROM report WHERE is_rejected"),
        "has_titles": bool(one("SELECT EXISTS (SELECT 1 FROM documents WHERE title IS NOT NULL)")),
        "has_labels": bool(one("SELECT EXISTS (SELECT 1 FROM documents WHERE label IS NOT NULL)")),
        "splits": [record[0] for record in splits],
    }
