"""A corpus on disk: documents, queries and judgements in one SQLite file, read by row number.

Rows are numbered from 0 and never change once imported; more rows may be added behind them. That
is what lets embeddings refer to documents by row number alone. The manifest's number of rows is
what counts: rows behind it are of an addition that a crash cut short.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.errors import UsageError, WorkspaceError
from embedding_lab.storage import read_json
from embedding_lab.workspace.corpus_database import ANEW, read_only
from embedding_lab.workspace.corpus_report import ReportLine, count_report, read_report
from embedding_lab.workspace.corpus_sources import SourceFile, read_sources
from embedding_lab.workspace.subsets import Subsets

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from numpy.typing import NDArray

CORPUS_FILE = "corpus.json"
DATABASE_FILE = "corpus.sqlite"


@dataclass(frozen=True)
class Document:
    """One document.

    ``extra`` holds the columns that are not one of the named ones, ``picture`` the digest of its
    picture.
    """

    text: str
    id: str | None = None
    title: str | None = None
    label: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    row: int = -1
    picture: str | None = None

    @property
    def full_text(self) -> str:
        """Title, a space and the text: what is encoded of a document by default (BEIR)."""
        return f"{self.title} {self.text}" if self.title else self.text

    def value(self, column: str) -> Any:
        """Return the value of a named or extra column; ``None`` where the row has none."""
        if column in {"id", "text", "title", "label"}:
            return getattr(self, column)
        return self.extra.get(column)


@dataclass(frozen=True)
class Query:
    """One query with its text."""

    id: str
    text: str


class Corpus:
    """Read access to one corpus; safe in several threads, since every call connects anew."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            self._take(read_json(folder / CORPUS_FILE))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise WorkspaceError(
                f"The record {folder / CORPUS_FILE} is damaged.", hint=ANEW
            ) from error

    def _take(self, record: dict[str, Any]) -> None:
        self.id: str = record["id"]
        self.name: str = record["name"]
        self.created = float(record["created"])
        self.n_rows = int(record["n_rows"])
        self.n_empty: int = record["n_empty"]
        # Corpora of earlier versions have no pictures, and no column for them.
        self.n_pictures: int = record.get("n_pictures", 0)
        picture = "picture" if "n_pictures" in record else "NULL"
        self._document_columns = f"row, id, text, title, label, extra, {picture}"
        self.n_queries: int = record["n_queries"]
        self.n_judgements: int = record["n_judgements"]
        self.n_rejected: int = record["n_rejected"]
        self.extra_columns: tuple[str, ...] = tuple(record["extra_columns"])
        self.roles: dict[str, str] = record.get("roles", {})
        self.has_titles: bool = record["has_titles"]
        # A corpus of pictures may have no texts at all; one of texts shows its column always.
        self.has_texts: bool = record.get("has_texts", True) or self.n_pictures == 0
        self.has_labels: bool = record["has_labels"]
        self.splits: tuple[str, ...] = tuple(record["splits"])
        # Corpora of earlier versions keep their sources in the manifest itself.
        self._has_old_sources = "sources" in record
        self._old_sources = tuple(SourceFile(**source) for source in record.get("sources", ()))
        self.n_sources: int = record.get("n_sources", len(self._old_sources))

    @property
    def subsets(self) -> Subsets:
        """Rows of it that somebody keeps under names."""
        return Subsets(self.folder)

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns a table would show, in their natural order."""
        titles = ("title",) if self.has_titles else ()
        texts = ("text",) if self.has_texts else ()
        labels = ("label",) if self.has_labels else ()
        return ("id", *titles, *texts, *labels, *self.extra_columns)

    @property
    def first_source(self) -> SourceFile | None:
        """The file it was read from, or the first of several."""
        return next(iter(self._sources(1)), None)

    @cached_property
    def sources(self) -> tuple[SourceFile, ...]:
        """Every file it was read from; a folder of pictures is as many."""
        return self._sources(self.n_sources)

    def _sources(self, n: int) -> tuple[SourceFile, ...]:
        # Their databases have no such table.
        if self._has_old_sources:
            return self._old_sources[:n]
        with self.connect() as connection:
            return read_sources(connection, min(n, self.n_sources))

    def connect(self) -> AbstractContextManager[sqlite3.Connection]:
        """Open the database read-only.

        Raises
        ------
        WorkspaceError
            If it is missing or turns out to be damaged.
        """
        return read_only(self.folder / DATABASE_FILE, self.name)

    def documents(self, start: int = 0, stop: int | None = None) -> Iterator[Document]:
        """Yield documents ``start`` to ``stop`` (excluded) in row order."""
        end = self.n_rows if stop is None else min(stop, self.n_rows)
        with self.connect() as connection:
            for first in range(start, end, 500):
                last = min(first + 500, end)
                cursor = connection.execute(
                    f"SELECT {self._document_columns} FROM documents "
                    "WHERE row >= ? AND row < ? ORDER BY row",
                    (first, last),
                )
                for record in cursor.fetchall():
                    yield _document(record)

    def documents_at(self, rows: Sequence[int] | NDArray[np.int64]) -> list[Document]:
        """Return the documents at ``rows``, in that order."""
        wanted = [int(row) for row in rows]
        found: dict[int, Document] = {}
        with self.connect() as connection:
            for first in range(0, len(wanted), 500):
                part = wanted[first : first + 500]
                marks = ",".join("?" * len(part))
                cursor = connection.execute(
                    f"SELECT {self._document_columns} FROM documents WHERE row IN ({marks})",
                    part,
                )
                found |= {record[0]: _document(record) for record in cursor}
        missing = [row for row in wanted if row not in found]
        if missing:
            raise UsageError(
                f"The corpus {self.name} has no row {missing[0]}; its rows are 0 to "
                f"{self.n_rows - 1:,}."
            )
        return [found[row] for row in wanted]

    def row_of_id(self, document_id: str) -> int:
        """Return the row of the document with this id.

        Raises
        ------
        UsageError
            If the corpus holds no such id.
        """
        with self.connect() as connection:
            record = connection.execute(
                "SELECT row FROM documents WHERE id = ? AND row < ?", (document_id, self.n_rows)
            ).fetchone()
        if record is None:
            raise UsageError(f"The corpus {self.name} has no document with the id {document_id}.")
        return int(record[0])

    def has_query(self, query_id: str) -> bool:
        """Return whether the corpus holds a query with this id."""
        with self.connect() as connection:
            found = connection.execute("SELECT 1 FROM queries WHERE id = ?", (query_id,))
            return found.fetchone() is not None

    def ids(self) -> list[str]:
        """Return all document ids in row order."""
        with self.connect() as connection:
            return [
                record[0]
                for record in connection.execute(
                    "SELECT id FROM documents WHERE row < ? ORDER BY row", (self.n_rows,)
                )
            ]

    def labels(self) -> dict[str, int]:
        """Return every label with its number of documents, most frequent first."""
        with self.connect() as connection:
            return dict(
                connection.execute(
                    "SELECT label, COUNT(*) FROM documents WHERE label IS NOT NULL AND row < ? "
                    "GROUP BY label ORDER BY COUNT(*) DESC, label",
                    (self.n_rows,),
                )
            )

    def select(
        self, where: str = "", parameters: Sequence[Any] = (), *, order_by: str = "row"
    ) -> NDArray[np.int64]:
        """Return the row numbers that satisfy an SQL condition, in the given order.

        Conditions come from :mod:`embedding_lab.search.filters`, which never puts a user's value
        into the SQL text itself.
        """
        condition = f"AND ({where}) " if where else ""
        with self.connect() as connection:
            cursor = connection.execute(
                f"SELECT row FROM documents WHERE row < ? {condition}ORDER BY {order_by}",
                (self.n_rows, *parameters),
            )
            return np.fromiter((record[0] for record in cursor), dtype=np.int64)

    def queries(self, split: str | None = None) -> list[Query]:
        """Return the queries, those with judgements in ``split`` if one is named."""
        sql = "SELECT id, text FROM queries"
        parameters: tuple[str, ...] = ()
        if split is not None:
            sql += " WHERE id IN (SELECT query_id FROM qrels WHERE split = ?)"
            parameters = (split,)
        with self.connect() as connection:
            return [
                Query(*record) for record in connection.execute(sql + " ORDER BY rowid", parameters)
            ]

    def judgements(self, split: str) -> dict[str, dict[str, float]]:
        """Return ``{query id: {document id: grade}}`` for one split."""
        found: dict[str, dict[str, float]] = {}
        with self.connect() as connection:
            for query_id, document_id, grade in connection.execute(
                "SELECT query_id, document_id, grade FROM qrels WHERE split = ?", (split,)
            ):
                found.setdefault(query_id, {})[document_id] = grade
        return found

    def report(
        self,
        limit: int | None = None,
        offset: int = 0,
        *,
        rejected_only: bool = False,
        after: int = 0,
    ) -> list[ReportLine]:
        """Return the import report: rows that did not come in, and rows that came in changed.

        Only lines numbered above ``after`` count; later imports report behind earlier ones.
        """
        with self.connect() as connection:
            return read_report(connection, limit, offset, rejected_only=rejected_only, after=after)

    def report_counts(self, after: int = 0) -> tuple[int, int]:
        """Return how many rows the report tells of that did not come in, and that did."""
        with self.connect() as connection:
            return count_report(connection, after)


def _document(record: tuple[Any, ...]) -> Document:
    row, document_id, text, title, label, extra, picture = record
    return Document(
        row=row,
        id=document_id,
        text=text,
        title=title,
        label=label,
        extra=json.loads(extra) if extra else {},
        picture=picture,
    )
