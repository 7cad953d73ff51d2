"""The long tables of a corpus: its rows, its import report, its queries."""

from __future__ import annotations

from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import Qt

from embedding_lab.workspace.corpus import Corpus, Document
from embedding_lab.workspace.corpus_lists import JudgedQuery, Judgement, QueryList, ReportList
from embedding_lab.workspace.corpus_pictures import thumbnails
from embedding_lab.workspace.corpus_report import ReportLine
from embedding_lab_app.pages.corpora.paged_model import Index, PagedModel
from embedding_lab_app.widgets.pictures import PixmapCache

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QObject
    from PySide6.QtGui import QPixmap

ROW_HEADER = "row"
PICTURE_HEADER = "picture"
PICTURE_SIDE = 48


class RowsModel(PagedModel[Document]):
    """The rows of a corpus, all of them or those that fit a filter; pictures drawn small."""

    right_aligned = frozenset({ROW_HEADER})

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._corpus: Corpus | None = None
        self._pixmaps = PixmapCache(PICTURE_SIDE)

    def show_corpus(self, corpus: Corpus) -> None:
        """Show all rows of a corpus."""
        self._corpus = corpus
        pictures = (PICTURE_HEADER,) if corpus.n_pictures else ()
        self.headers = (ROW_HEADER, *pictures, *corpus.columns)
        self.show_numbers(np.arange(corpus.n_rows, dtype=np.int64))

    def fetch(self, numbers: Sequence[int]) -> Sequence[Document]:
        """Return the documents in these rows."""
        return self._corpus.documents_at(numbers) if self._corpus else []

    def value(self, entry: Document, column: int) -> Any:
        """Return a row's number, or what stands in one of its columns."""
        if column == 0:
            return entry.row
        if self._is_picture(column):
            return None
        return entry.value(self.headers[column])

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell; that of a picture is the picture."""
        if role != Qt.ItemDataRole.DecorationRole:
            return super().data(index, role)
        if not (index.isValid() and self._is_picture(index.column())):
            return None
        digest = self.entry(index.row()).picture
        return self._pixmap(digest) if digest else None

    def _is_picture(self, column: int) -> bool:
        return column == 1 and self.headers[1:2] == (PICTURE_HEADER,)

    def _pixmap(self, digest: str) -> QPixmap:
        return self._pixmaps.get(digest, partial(self._thumbnail, digest))

    def _thumbnail(self, digest: str) -> bytes:
        return thumbnails(self._corpus, [digest]).get(digest, b"") if self._corpus else b""


class ReportModel(PagedModel[ReportLine]):
    """The import report: which rows did not come in or came in changed, and why."""

    headers = ("file", "line", "what happened", "reason", "beginning of the row")
    right_aligned = frozenset({"line"})

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._report: ReportList | None = None

    def show_corpus(self, corpus: Corpus) -> None:
        """Take lines from the report of another corpus."""
        self._report = ReportList(corpus)
        self.show_numbers(np.zeros(0, dtype=np.int64))

    def fetch(self, numbers: Sequence[int]) -> Sequence[ReportLine]:
        """Return the lines with these numbers."""
        return self._report.at(numbers) if self._report else []

    def value(self, entry: ReportLine, column: int) -> Any:
        """Return one part of a line; line 0 stands for the file itself."""
        line = entry.line or ""
        happened = "came in changed" if line else "note"
        if entry.is_rejected:
            happened = "did not come in"
        return (PurePath(entry.file).name, line, happened, entry.reason, entry.excerpt)[column]


class QueriesModel(PagedModel[JudgedQuery]):
    """The queries of a corpus with the number of their judged documents."""

    headers = ("id", "judged", "query")
    right_aligned = frozenset({"judged"})

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queries: QueryList | None = None

    def show_queries(self, queries: QueryList) -> None:
        """Take queries from another corpus or split."""
        self._queries = queries
        self.show_numbers(np.zeros(0, dtype=np.int64))

    def fetch(self, numbers: Sequence[int]) -> Sequence[JudgedQuery]:
        """Return the queries with these numbers."""
        return self._queries.at(numbers) if self._queries else []

    def value(self, entry: JudgedQuery, column: int) -> Any:
        """Return one part of a query."""
        return (entry.id, entry.n_judged, entry.text)[column]


class JudgementsModel(PagedModel[tuple[Judgement, Document | None]]):
    """The judged documents of one query, the best first."""

    headers = ("split", "grade", "document", "text")
    right_aligned = frozenset({"grade"})

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._corpus: Corpus | None = None
        self._judgements: list[Judgement] = []

    def show_judgements(self, corpus: Corpus, judgements: list[Judgement]) -> None:
        """Show what is judged for another query."""
        self._corpus, self._judgements = corpus, judgements
        self.show_numbers(np.arange(len(judgements), dtype=np.int64))

    def fetch(self, numbers: Sequence[int]) -> Sequence[tuple[Judgement, Document | None]]:
        """Return these judgements with their documents, as far as they are there."""
        judged = [self._judgements[number] for number in numbers]
        rows = [item.row for item in judged if item.row >= 0]
        found = {d.row: d for d in self._corpus.documents_at(rows)} if self._corpus else {}
        return [(item, found.get(item.row)) for item in judged]

    def value(self, entry: tuple[Judgement, Document | None], column: int) -> Any:
        """Return one part of a judgement."""
        judgement, document = entry
        text = document.full_text if document else "not in the corpus"
        return (judgement.split, f"{judgement.grade:g}", judgement.document_id, text)[column]
