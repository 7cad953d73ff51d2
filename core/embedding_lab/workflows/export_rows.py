"""Taking rows away as CSV or JSON Lines: a whole corpus, a filtered part, or search results."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TextIO

from embedding_lab.errors import UsageError
from embedding_lab.jobs.job import Job, Lane
from embedding_lab.search.filters import parse_filter
from embedding_lab.storage import output_file, replaced_whole
from embedding_lab.workspace.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from embedding_lab.jobs.context import JobContext
    from embedding_lab.workspace.corpus import Corpus, Document

ROWS_AT_ONCE = 500
DELIMITERS = {".csv": ",", ".tsv": "\t"}
JSON_LINES = ".jsonl"


@dataclass(frozen=True)
class ExportRows(Job[Workspace]):
    """Write rows of a corpus with all their columns to a file, which appears when it is whole.

    Attributes
    ----------
    corpus : str
        Name or id.
    to : str
        The file to write; it ends in ``.csv``, ``.tsv`` or ``.jsonl``.
    filter : str
        Which rows; see :mod:`embedding_lab.search.filters`. All without it.
    rows : tuple of int
        These rows in this order, for example search results; a filter is not looked at then.
    scores : tuple of float
        The score of each of ``rows``; they become the columns ``rank`` and ``score``.
    """

    corpus: str
    to: str
    filter: str = ""
    rows: tuple[int, ...] = ()
    scores: tuple[float, ...] = ()
    lane: ClassVar[Lane] = Lane.IO
    needs_writing: ClassVar[bool] = False

    @property
    def title(self) -> str:
        """What the job does, for the Jobs strip."""
        return f"Exporting {self.corpus}"

    def run(self, ctx: JobContext[Workspace]) -> dict[str, Any]:
        """Write the file and return where it lies."""
        target = output_file(self.to, (*DELIMITERS, JSON_LINES))
        if self.scores and len(self.scores) != len(self.rows):
            raise UsageError("There must be one score for each row.")
        corpus = ctx.workspace.corpus(self.corpus)
        documents, n_total = self._documents(corpus)
        n_written = 0
        with (
            replaced_whole(target) as temporary,
            temporary.open("w", encoding="utf-8", newline="") as file,
        ):
            write = _writer(file, target.suffix.lower(), self._columns(corpus))
            for document in documents:
                write(self._record(corpus, document, n_written))
                n_written += 1
                if n_written % ROWS_AT_ONCE == 0:
                    ctx.progress(n_written, n_total)
        return {"path": str(target), "corpus": corpus.name, "rows": n_written}

    def _documents(self, corpus: Corpus) -> tuple[Iterator[Document], int]:
        if self.rows:
            return _documents_at(corpus, self.rows), len(self.rows)
        if not self.filter.strip():
            return corpus.documents(), corpus.n_rows
        condition = parse_filter(self.filter, corpus)
        rows = corpus.select(condition.sql, condition.parameters).tolist()
        return _documents_at(corpus, rows), len(rows)

    def _columns(self, corpus: Corpus) -> list[str]:
        ranking = ["rank", "score"] if self.scores else []
        return [*(name for name in ranking if name not in corpus.columns), *corpus.columns]

    def _record(self, corpus: Corpus, document: Document, position: int) -> dict[str, Any]:
        values = {name: document.value(name) for name in corpus.columns}
        if not self.scores:
            return values
        return {"rank": position + 1, "score": self.scores[position]} | values


def _documents_at(corpus: Corpus, rows: list[int] | tuple[int, ...]) -> Iterator[Document]:
    for start in range(0, len(rows), ROWS_AT_ONCE):
        yield from corpus.documents_at(rows[start : start + ROWS_AT_ONCE])


def _writer(file: TextIO, suffix: str, columns: list[str]) -> Callable[[dict[str, Any]], Any]:
    if suffix == JSON_LINES:
        return lambda record: file.write(json.dumps(record, ensure_ascii=False) + "\n")
    table = csv.writer(file, delimiter=DELIMITERS[suffix], lineterminator="\n")
    table.writerow(columns)
    return lambda record: table.writerow([_cell(record.get(name)) for name in columns])


def _cell(value: Any) -> Any:
    if isinstance(value, list | dict | bool):
        return json.dumps(value, ensure_ascii=False)
    return value
