"""Long lists inside a corpus, read in two steps: which entries, and then the few that are shown.

The numbers of all entries that fit are one small array; the entries themselves are fetched by
number where somebody looks at them. So a list of a million entries costs eight megabytes, and
scrolling to any place in it costs the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.workspace.corpus_report import ReportLine

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from embedding_lab.workspace.corpus import Corpus

# SQLite takes at least so many values in one statement.
AT_ONCE = 500


@dataclass(frozen=True)
class JudgedQuery:
    """A query, and how many documents are judged for it in the splits asked for."""

    id: str
    text: str
    n_judged: int


@dataclass(frozen=True)
class Judgement:
    """How well one document answers a query. ``row`` is the document's, -1 if it is not there."""

    split: str
    document_id: str
    grade: float
    row: int


class ReportList:
    """The import report of a corpus."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus

    def numbers(self, contains: str = "", is_rejected: bool | None = None) -> NDArray[np.int64]:
        """Return the numbers of the lines that fit, in the order they were reported.

        Parameters
        ----------
        contains : str
            What file, reason or excerpt must contain, whatever the case of its letters.
        is_rejected : bool or None
            Only rows that did not come in, only rows that did with a change, or both.
        """
        conditions, parameters = ["1"], []
        if contains:
            conditions.append("INSTR(LOWER(file || ' ' || reason || ' ' || excerpt), LOWER(?)) > 0")
            parameters.append(contains)
        if is_rejected is not None:
            conditions.append("is_rejected" if is_rejected else "NOT is_rejected")
        sql = f"SELECT number FROM report WHERE {' AND '.join(conditions)} ORDER BY number"
        return _numbers(self._corpus, sql, parameters)

    def at(self, numbers: Sequence[int]) -> list[ReportLine]:
        """Return the lines with these numbers, in that order."""
        sql = "SELECT number, file, line, reason, excerpt, is_rejected FROM report WHERE number IN"
        found = {
            number: ReportLine(file, line, reason, excerpt, bool(is_rejected))
            for number, file, line, reason, excerpt, is_rejected in _records(
                self._corpus, sql, numbers
            )
        }
        return [found[number] for number in numbers]


class QueryList:
    """The queries of a corpus with their judgements, of one split or of all."""

    def __init__(self, corpus: Corpus, split: str = "") -> None:
        self._corpus = corpus
        self._splits = (split,) if split else corpus.splits

    def numbers(self, contains: str = "", *, is_judged: bool = False) -> NDArray[np.int64]:
        """Return the numbers of the queries that contain a text, in the order they came.

        With ``is_judged``, only those with a judgement in the splits asked for.
        """
        sql = "SELECT rowid FROM queries WHERE INSTR(LOWER(id || ' ' || text), LOWER(?)) > 0"
        parameters = [contains]
        if is_judged:
            marks = ",".join("?" * len(self._splits))
            sql += f" AND id IN (SELECT query_id FROM qrels WHERE split IN ({marks}))"
            parameters.extend(self._splits)
        return _numbers(self._corpus, f"{sql} ORDER BY rowid", parameters)

    def at(self, numbers: Sequence[int]) -> list[JudgedQuery]:
        """Return the queries with these numbers, in that order."""
        marks = ",".join("?" * len(self._splits))
        sql = (
            "SELECT rowid, id, text, (SELECT COUNT(*) FROM qrels WHERE query_id = queries.id "
            f"AND split IN ({marks})) FROM queries WHERE rowid IN"
        )
        records = _records(self._corpus, sql, numbers, self._splits)
        found = {number: JudgedQuery(*rest) for number, *rest in records}
        return [found[number] for number in numbers]

    def judgements(self, query_id: str) -> list[Judgement]:
        """Return what is judged for a query, the best answers first."""
        marks = ",".join("?" * len(self._splits))
        with self._corpus.connect() as connection:
            records = connection.execute(
                "SELECT split, document_id, grade, "
                "COALESCE((SELECT row FROM documents WHERE id = document_id), -1) "
                f"FROM qrels WHERE query_id = ? AND split IN ({marks}) "
                "ORDER BY split, grade DESC, document_id",
                (query_id, *self._splits),
            )
            return [Judgement(*record) for record in records]


def _numbers(corpus: Corpus, sql: str, parameters: Sequence[Any]) -> NDArray[np.int64]:
    with corpus.connect() as connection:
        cursor = connection.execute(sql, tuple(parameters))
        return np.fromiter((record[0] for record in cursor), dtype=np.int64)


def _records(
    corpus: Corpus, sql: str, numbers: Sequence[int], before: Sequence[str] = ()
) -> Iterator[tuple[Any, ...]]:
    with corpus.connect() as connection:
        for first in range(0, len(numbers), AT_ONCE):
            part = numbers[first : first + AT_ONCE]
            marks = ",".join("?" * len(part))
            yield from connection.execute(f"{sql} ({marks})", (*before, *part))
