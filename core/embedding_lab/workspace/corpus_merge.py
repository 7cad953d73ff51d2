"""Adding staged rows to a corpus that exists: in one transaction, or not at all.

The database changes first and the manifest follows. What the manifest will say is kept in the
database too, so that a process killed between the two leaves nothing that cannot be repaired.
"""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from embedding_lab.storage import read_json, write_json
from embedding_lab.workspace.corpus import CORPUS_FILE, DATABASE_FILE, Corpus
from embedding_lab.workspace.corpus_counts import corpus_counts
from embedding_lab.workspace.corpus_sources import write_sources

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from embedding_lab.workspace.corpus_sources import SourceFile

ALREADY_THERE = "already in the corpus"
EXCERPT_CHARACTERS = 120

MERGES = """
CREATE TABLE IF NOT EXISTS merges (
    number INTEGER PRIMARY KEY, run TEXT UNIQUE NOT NULL, n_new INTEGER NOT NULL,
    report_after INTEGER NOT NULL, manifest TEXT NOT NULL)
"""
# A row without an id is known by its content; one with an id by both, even where the id was taken
# and a numbered one had to be given.
KNOWN = """
CREATE TEMP TABLE known AS
    SELECT DISTINCT staged.row FROM staged.documents AS staged JOIN main.documents AS old
        ON old.content_key = staged.content_key
        WHERE staged.id IS NULL OR old.id = staged.id
        OR SUBSTR(old.id, 1, LENGTH(staged.id) + 1) = staged.id || '#'
"""
COMING = """
CREATE TEMP TABLE coming (number INTEGER PRIMARY KEY, row INTEGER NOT NULL, id TEXT)
"""
FILL_COMING = """
INSERT INTO coming (row, id) SELECT row, id FROM staged.documents
    WHERE row NOT IN (SELECT row FROM known) ORDER BY row
"""
ADD_DOCUMENTS = """
INSERT INTO main.documents
    SELECT :first + coming.number - 1, coming.id, text, title, label, extra, content_key,
        source + :first_source, line, picture
    FROM coming JOIN staged.documents AS staged ON staged.row = coming.row ORDER BY coming.number
"""
ADD_PICTURES = "INSERT OR IGNORE INTO main.pictures SELECT * FROM staged.pictures"
REPORT_KNOWN = """
INSERT INTO main.report (file, line, reason, excerpt, is_rejected)
    SELECT coming_sources.path, line, :reason, SUBSTR(text, 1, :width), 1
    FROM known JOIN staged.documents AS staged ON staged.row = known.row
    JOIN coming_sources ON coming_sources.number = source ORDER BY staged.row
"""
ADD_REPORT = """
INSERT INTO main.report (file, line, reason, excerpt, is_rejected)
    SELECT file, line, reason, excerpt, is_rejected FROM staged.report ORDER BY number
"""


@dataclass(frozen=True)
class Merge:
    """What adding rows to a corpus came to. ``report_after`` is where its report begins."""

    corpus: Corpus
    n_new: int
    report_after: int


@dataclass(frozen=True)
class StagedCorpus:
    """Staged rows and what the manifest must know about them.

    ``roles`` tells what extra columns mean, ``columns`` names them in the order of a table.
    """

    folder: Path
    sources: Sequence[SourceFile]
    columns: Sequence[str]
    roles: Mapping[str, str]


def finished_merge(folder: Path, run: str) -> Merge | None:
    """Return what a run added to the corpus in ``folder``, if it got as far as that.

    A manifest that a killed process left behind its database is brought up to date.
    """
    with closing(sqlite3.connect(folder / DATABASE_FILE, timeout=10)) as connection:
        connection.execute(MERGES)
        newest = connection.execute(
            "SELECT manifest FROM merges ORDER BY number DESC LIMIT 1"
        ).fetchone()
        found = connection.execute(
            "SELECT n_new, report_after FROM merges WHERE run = ?", (run,)
        ).fetchone()
    present = read_json(folder / CORPUS_FILE)
    # The corpus may have got another name since.
    expected = json.loads(newest[0]) | {"name": present["name"]} if newest else present
    if expected != present:
        write_json(folder / CORPUS_FILE, expected)
    return Merge(Corpus(folder), *found) if found else None


def merge_staged(folder: Path, staged: StagedCorpus, run: str) -> Merge:
    """Add staged rows behind the rows of the corpus in ``folder``; do nothing the second time.

    Rows that are there already are reported and left out. A row whose id belongs to another text
    comes in under a numbered id, and the report says so.

    Parameters
    ----------
    folder : Path
        The corpus's folder.
    staged : StagedCorpus
        What to add.
    run : str
        Names this addition; it happens once.
    """
    finished = finished_merge(folder, run)
    if finished:
        return finished
    with closing(sqlite3.connect(folder / DATABASE_FILE, timeout=10)) as connection:
        connection.execute("ATTACH ? AS staged", (str(staged.folder / DATABASE_FILE),))
        connection.execute("BEGIN IMMEDIATE")
        record, n_new, report_after = _merge(connection, read_json(folder / CORPUS_FILE), staged)
        connection.execute(
            "INSERT INTO merges (run, n_new, report_after, manifest) VALUES (?, ?, ?, ?)",
            (run, n_new, report_after, json.dumps(record, ensure_ascii=False)),
        )
        connection.commit()
    write_json(folder / CORPUS_FILE, record)
    return Merge(Corpus(folder), n_new, report_after)


def _merge(
    connection: sqlite3.Connection, manifest: dict[str, Any], staged: StagedCorpus
) -> tuple[dict[str, Any], int, int]:
    report_after = _one(connection, "SELECT COALESCE(MAX(number), 0) FROM main.report")
    first = _one(connection, "SELECT COALESCE(MAX(row) + 1, 0) FROM main.documents")
    paths = [(number, source.path) for number, source in enumerate(staged.sources)]
    connection.execute("CREATE TEMP TABLE coming_sources (number INTEGER PRIMARY KEY, path TEXT)")
    connection.executemany("INSERT INTO coming_sources VALUES (?, ?)", paths)
    for statement in (KNOWN, COMING, FILL_COMING, ADD_REPORT):
        connection.execute(statement)
    connection.execute(REPORT_KNOWN, {"reason": ALREADY_THERE, "width": EXCERPT_CHARACTERS})
    _give_free_ids(connection, first)
    first_source = int(manifest["n_sources"])
    write_sources(connection, staged.sources, first_source)
    connection.execute(ADD_DOCUMENTS, {"first": first, "first_source": first_source})
    connection.execute(ADD_PICTURES)
    _add_queries_and_judgements(connection)
    n_new = _one(connection, "SELECT COUNT(*) FROM coming")
    record = (
        manifest
        | corpus_counts(connection)
        | {
            "extra_columns": list(dict.fromkeys([*manifest["extra_columns"], *staged.columns])),
            "roles": {**staged.roles, **manifest.get("roles", {})},
            "n_sources": first_source + len(staged.sources),
            "changed": time.time(),
        }
    )
    return record, n_new, report_after


def _give_free_ids(connection: sqlite3.Connection, first: int) -> None:
    """Give coming rows without an id their row number, and every taken id a number behind it."""
    connection.execute(
        "UPDATE coming SET id = CAST(:first + number - 1 AS TEXT) WHERE id IS NULL",
        {"first": first},
    )
    connection.execute("CREATE INDEX temp.coming_by_id ON coming (id)")
    taken = connection.execute(
        "SELECT number, row, id FROM coming AS new WHERE EXISTS "
        "(SELECT 1 FROM main.documents WHERE id = new.id) OR EXISTS "
        "(SELECT 1 FROM coming AS other WHERE other.id = new.id AND other.number < new.number)"
    ).fetchall()
    for number, row, wanted in taken:
        counter = 2
        while _is_taken(connection, f"{wanted}#{counter}"):
            counter += 1
        free = f"{wanted}#{counter}"
        connection.execute("UPDATE coming SET id = ? WHERE number = ?", (free, number))
        connection.execute(
            "INSERT INTO main.report (file, line, reason, excerpt, is_rejected) "
            "SELECT coming_sources.path, line, ?, '', 0 FROM staged.documents "
            "JOIN coming_sources ON coming_sources.number = source "
            "WHERE row = ? AND id IS NOT NULL",
            (duplicate_id_reason(wanted, free), row),
        )


def _is_taken(connection: sqlite3.Connection, wanted: str) -> bool:
    sql = (
        "SELECT EXISTS (SELECT 1 FROM main.documents WHERE id = :id) "
        "OR EXISTS (SELECT 1 FROM coming WHERE id = :id)"
    )
    return bool(connection.execute(sql, {"id": wanted}).fetchone()[0])


def duplicate_id_reason(wanted: str, given: str) -> str:
    """Return what the report says of a row whose id was taken."""
    return f"the id {wanted} is taken; kept as {given}"


def _add_queries_and_judgements(connection: sqlite3.Connection) -> None:
    """Add queries and judgements; those that are there already stay as they are, and are told."""
    for table, columns, what in (
        ("queries", "id", "'the query ' || id"),
        ("qrels", "split, query_id, document_id", "'the judgement of ' || document_id"),
    ):
        key = " AND ".join(f"old.{name} = new.{name}" for name in columns.split(", "))
        connection.execute(
            "INSERT INTO main.report (file, line, reason, excerpt, is_rejected) "
            f"SELECT '', 0, {what} || ' is already in the corpus', '', 1 "
            f"FROM staged.{table} AS new "
            f"WHERE EXISTS (SELECT 1 FROM main.{table} AS old WHERE {key}) ORDER BY rowid"
        )
        connection.execute(
            f"INSERT OR IGNORE INTO main.{table} SELECT * FROM staged.{table} ORDER BY rowid"
        )


def _one(connection: sqlite3.Connection, sql: str) -> int:
    return int(connection.execute(sql).fetchone()[0])
