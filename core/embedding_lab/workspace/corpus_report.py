"""The import report of a corpus: rows that did not come in, and rows that came in changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

REPORT_TABLE = """
CREATE TABLE report (
    number INTEGER PRIMARY KEY, file TEXT NOT NULL, line INTEGER, reason TEXT NOT NULL,
    excerpt TEXT NOT NULL, is_rejected INTEGER NOT NULL);
"""
COLUMNS = "file, line, reason, excerpt, is_rejected"


@dataclass(frozen=True)
class ReportLine:
    """One row of an imported file that needs telling.

    ``is_rejected`` tells a row that did not come in from one that did with a change. ``line`` is
    counted from 1 in the physical file (row number for Parquet); 0 stands for the file itself.
    """

    file: str
    line: int
    reason: str
    excerpt: str = ""
    is_rejected: bool = True


def insert_report(connection: sqlite3.Connection, lines: Iterable[ReportLine]) -> None:
    """Write lines behind those that are there."""
    connection.executemany(
        f"INSERT INTO report ({COLUMNS}) VALUES (?, ?, ?, ?, ?)",
        [(line.file, line.line, line.reason, line.excerpt, line.is_rejected) for line in lines],
    )


def read_report(
    connection: sqlite3.Connection,
    limit: int | None = None,
    offset: int = 0,
    *,
    rejected_only: bool = False,
    after: int = 0,
) -> list[ReportLine]:
    """Return the lines numbered above ``after`` in the order they were written."""
    condition = "AND is_rejected " if rejected_only else ""
    cursor = connection.execute(
        f"SELECT {COLUMNS} FROM report WHERE number > ? {condition}"
        "ORDER BY number LIMIT ? OFFSET ?",
        (after, -1 if limit is None else limit, offset),
    )
    return [
        ReportLine(file, line, reason, excerpt, bool(is_rejected))
        for file, line, reason, excerpt, is_rejected in cursor
    ]


def count_report(connection: sqlite3.Connection, after: int = 0) -> tuple[int, int]:
    """Return how many rows it tells of that did not come in, and that did."""
    sql = "SELECT TOTAL(is_rejected), TOTAL(NOT is_rejected) FROM report WHERE number > ?"
    n_rejected, n_others = connection.execute(sql, (after,)).fetchone()
    return int(n_rejected), int(n_others)
