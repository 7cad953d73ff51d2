"""Storing what was read: documents, queries and judgements, with a report of what does not fit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from embedding_lab.errors import UsageError
from embedding_lab.readers.document_maker import CLEANED, DocumentMaker
from embedding_lab.readers.items import EMPTY_TEXT, Finding, RawRow, excerpt
from embedding_lab.readers.picture_taker import PictureTaker
from embedding_lab.workspace.corpus_merge import duplicate_id_reason
from embedding_lab.workspace.corpus_report import ReportLine

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from embedding_lab.readers.items import Item
    from embedding_lab.types import ColumnRole
    from embedding_lab.workspace.corpus import Corpus, Document
    from embedding_lab.workspace.corpus_writer import CorpusWriter


class _Taker:
    """Common ground: findings and rows that do not fit go to the report."""

    def __init__(self, writer: CorpusWriter, path: str) -> None:
        self._writer = writer
        self._path = path
        self._lines: list[ReportLine] = []

    def take(self, items: Sequence[Item]) -> None:
        """Store what was read."""
        for item in items:
            if isinstance(item, Finding):
                self._report(item)
        self._take_rows([item for item in items if isinstance(item, RawRow)])
        self._writer.report(*sorted(self._lines, key=lambda line: line.line))
        self._lines.clear()

    def _take_rows(self, rows: Iterable[RawRow]) -> None:
        raise NotImplementedError

    def _report(self, finding: Finding) -> None:
        self._lines.append(ReportLine(self._path, *finding))

    def _reject(self, row: RawRow, reason: str) -> None:
        self._report(Finding(row.line, reason, excerpt(" · ".join(row.values.values()))))

    def _note(self, line: int, reason: str) -> None:
        self._report(Finding(line, reason, is_rejected=False))


class DocumentTaker(_Taker):
    """Stores documents.

    Parameters
    ----------
    writer : CorpusWriter
        Where to.
    path : str
        The file, for the report.
    roles : mapping
        What its columns mean.
    columns : dict
        The extra columns met so far, with their roles; grows.

    Attributes
    ----------
    source : int
        The number of the file.
    keeps_empty : bool
        Whether rows with neither text nor title are stored.
    numbers_rows : bool
        Whether rows of a file without ids get their row number as id at once.
    takes_pictures : bool
        Whether a column names or holds pictures.
    """

    source = 0
    keeps_empty = False
    numbers_rows = True

    def __init__(
        self,
        writer: CorpusWriter,
        path: str,
        roles: Mapping[str, ColumnRole],
        columns: dict[str, str],
    ) -> None:
        super().__init__(writer, path)
        self._maker = DocumentMaker(roles)
        self._pictures = PictureTaker(writer, Path(path), self._maker.image_column)
        self.takes_pictures = bool(self._maker.image_column)
        self._columns = columns
        for name, role in self._maker.extra_roles.items():
            columns.setdefault(name, role.value)

    def _take_rows(self, rows: Iterable[RawRow]) -> None:
        documents: list[tuple[Document, int]] = []
        make, columns = self._maker.document, self._columns
        for row in rows:
            document, is_changed = make(row.values)
            digest, problem = self._pictures.digest(row) if self.takes_pictures else ("", "")
            has_text = document.text.strip() or (document.title and not problem)
            if not (has_text or digest or self.keeps_empty):
                self._reject(row, problem or EMPTY_TEXT)
                continue
            if problem:
                self._note(row.line, problem)
            if digest:
                document = replace(document, picture=digest)
            if is_changed:
                self._note(row.line, CLEANED)
            if twin := self._pictures.twin(row):
                self._note(row.line, f"the same picture as {twin}")
            if not document.extra.keys() <= columns.keys():
                columns.update({name: "other" for name in document.extra if name not in columns})
            documents.append((document, row.line))
        is_numbered = self.numbers_rows and not self._maker.has_id
        for line, wanted, given in self._writer.add_documents(
            documents, self.source, numbers_rows=is_numbered
        ):
            self._note(line, duplicate_id_reason(wanted, given))


class QueryTaker(_Taker):
    """Stores queries."""

    def __init__(self, writer: CorpusWriter, path: str, roles: Mapping[str, ColumnRole]) -> None:
        super().__init__(writer, path)
        self._maker = DocumentMaker(roles)

    def _take_rows(self, rows: Iterable[RawRow]) -> None:
        for row in rows:
            document, is_changed = self._maker.document(row.values)
            if document.id is None:
                self._reject(row, "a query without an id")
            elif not document.text.strip():
                self._reject(row, EMPTY_TEXT)
            elif not self._writer.add_query(document.id, document.text):
                self._reject(row, f"the query id {document.id} is taken")
            elif is_changed:
                self._note(row.line, CLEANED)


class JudgementTaker(_Taker):
    """Stores judgements: query id, document id and grade in the first, second and last column."""

    def __init__(self, writer: CorpusWriter, path: str, split: str, into: Corpus | None) -> None:
        super().__init__(writer, path)
        self._split = split
        self._into = into

    def _take_rows(self, rows: Iterable[RawRow]) -> None:
        for row in rows:
            reason = self._store(list(row.values.values()))
            if reason:
                self._reject(row, reason)

    def _store(self, values: list[str]) -> str:
        """Store one judgement; return why it cannot be, if so."""
        if len(values) < 3:
            return f"{len(values)} columns instead of query, document and grade"
        # TREC's own layout has an unused column after the query.
        query_id, document_id = values[0], values[-2]
        try:
            grade = float(values[-1])
        except ValueError:
            return f"the grade {values[-1]} is no number"
        if not (self._writer.has_query(query_id) or self._is_there("queries", query_id)):
            return f"there is no query with the id {query_id}"
        if not (self._writer.has_document(document_id) or self._is_there("documents", document_id)):
            return f"there is no document with the id {document_id}"
        if not self._writer.add_judgement(self._split, query_id, document_id, grade):
            return "the pair is judged already"
        return ""

    def _is_there(self, table: str, wanted: str) -> bool:
        if self._into is None:
            return False
        if table == "queries":
            return self._into.has_query(wanted)
        try:
            self._into.row_of_id(wanted)
        except UsageError:
            return False
        return True
