"""Searching a corpus by meaning."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from embedding_lab.encoders import pool
from embedding_lab.encoders.fingerprint import find_vector_set
from embedding_lab.encoders.prepare import encode_now
from embedding_lab.encoders.prompts import missing_prompt_warning
from embedding_lab.encoders.query_picture import read_query_picture
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.encoders.two_sided import query_side
from embedding_lab.errors import LabError, UsageError
from embedding_lab.jobs.job import Job, Lane
from embedding_lab.search.exact import ExactIndex, open_index
from embedding_lab.search.filters import rows_that_fit
from embedding_lab.types import Modality
from embedding_lab.workspace.coverage import n_without_vector
from embedding_lab.workspace.workspace import Workspace

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.jobs.context import JobContext
    from embedding_lab.workspace.corpus import Corpus, Document
    from embedding_lab.workspace.vector_set import VectorSet, VectorSetMeta


@dataclass(frozen=True)
class SearchCorpus(Job[Workspace]):
    """Find the rows of an embedded corpus nearest to a query, a picture, or one of its rows.

    Attributes
    ----------
    corpus : str
        Name or id.
    query : str
        What to look for; empty when searching by a row.
    like_row : int
        Search by this row's own vector instead and leave the row itself out; -1 for none.
    encoder : str
        Name or id; without it, the encoder that embedded most of the corpus.
    k : int
        How many rows to return.
    filter : str
        Which rows to look at; see :mod:`embedding_lab.search.filters`.
    prompt : str or None
        Text put before the query; ``None`` takes the encoder's own prompt for queries.
    image : str
        Search by the picture in this file instead.
    modality : str
        Look among vectors of ``text``, ``image`` or ``image+text``; without it, among whichever
        are most complete.
    embedding_prompt : str or None
        Look among vectors made with the embedding prompt of this name, among those made without
        one if it is empty, and among whichever are most complete without it. Queries are read as
        the vectors' own embedding prompt says.
    """

    corpus: str
    query: str = ""
    like_row: int = -1
    encoder: str = ""
    k: int = 10
    filter: str = ""
    prompt: str | None = None
    image: str = ""
    modality: str = ""
    embedding_prompt: str | None = None
    lane: ClassVar[Lane] = Lane.INTERACTIVE
    is_recorded: ClassVar[bool] = False
    needs_writing: ClassVar[bool] = False

    @property
    def title(self) -> str:
        """What the job does, for the Jobs strip."""
        return f"Searching {self.corpus}"

    def run(self, ctx: JobContext[Workspace]) -> dict[str, Any]:
        """Encode the query, compare it with every vector, and read the best rows."""
        self._require_sense()
        corpus = ctx.workspace.corpus(self.corpus)
        vector_set, record = embedded(
            ctx.workspace, corpus, self.encoder, self.modality, self.embedding_prompt
        )
        index = open_index(vector_set)
        started = time.perf_counter()
        vector = self._vector(ctx, corpus, record, vector_set.meta, index)
        ctx.check()
        encoded = time.perf_counter()
        allowed = self._allowed(corpus, index)
        slots, scores = index.search(vector, self.k, allowed, ctx.check)
        searched = time.perf_counter()
        documents = corpus.documents_at(index.rows[slots])
        n_rows = vector_set.n_rows
        n_without = n_without_vector(corpus, vector_set)
        return {
            "query": self.query,
            "like_row": self.like_row,
            "image": self.image,
            "modality": vector_set.meta.modality,
            "embedding_prompt": vector_set.meta.embedding_prompt,
            "encoder": record.name,
            "index": {"kind": index.kind, "recall_at_10": 1.0, "p95_ms": index.p95_ms},
            "results": [
                _result(rank, document, score)
                for rank, (document, score) in enumerate(zip(documents, scores, strict=True), 1)
            ],
            "n_searched": n_rows if allowed is None else int(np.count_nonzero(allowed)),
            "n_rows": corpus.n_rows,
            "stale": max(0, corpus.n_rows - n_without - n_rows),
            "encode_ms": round((encoded - started) * 1e3, 2),
            "search_ms": round((searched - encoded) * 1e3, 2),
            "warning": _warning(record, vector_set.meta),
        }

    def _require_sense(self) -> None:
        if self.k < 1:
            raise UsageError("The number of results must be at least 1.")
        if sum((bool(self.query.strip()), self.like_row >= 0, bool(self.image))) != 1:
            raise UsageError(
                "Search for a query, by a picture, or for rows like one row: one of the three."
            )

    def _vector(
        self,
        ctx: JobContext[Workspace],
        corpus: Corpus,
        record: EncoderRecord,
        meta: VectorSetMeta,
        index: ExactIndex,
    ) -> NDArray[np.float32]:
        if self.like_row < 0:
            asked = read_query_picture(Path(self.image)) if self.image else self.query
            modality = Modality.IMAGE if self.image else Modality.TEXT
            side = query_side(record, meta, prompt=self.prompt, modality=modality)
            encoder = pool.load(side.record, ctx.log)
            return np.asarray(encode_now(encoder, [asked], side.options)[0])
        slot = index.slot_of(self.like_row)
        if slot is None:
            corpus.documents_at([self.like_row])  # tells a row that is not there
            raise UsageError(
                f"Row {self.like_row:,} of {corpus.name} has no vector.",
                hint="Embed the corpus again to take it in, unless the row is empty.",
            )
        return np.asarray(index.vectors[slot])

    def _allowed(self, corpus: Corpus, index: ExactIndex) -> NDArray[np.bool_] | None:
        if self.like_row < 0 and not self.filter.strip():
            return None
        fits = rows_that_fit(corpus, self.filter).copy()
        if self.like_row >= 0:
            fits[self.like_row] = False
        allowed: NDArray[np.bool_] = fits[index.rows]
        return allowed


def _warning(record: EncoderRecord, meta: VectorSetMeta) -> str:
    return "" if meta.rendering else missing_prompt_warning(record, meta.prompt)


def embedded(
    workspace: Workspace,
    corpus: Corpus,
    encoder: str = "",
    modality: str = "",
    embedding_prompt: str | None = None,
) -> tuple[VectorSet, EncoderRecord]:
    """Return a corpus's vectors and the encoder that made them.

    Parameters
    ----------
    workspace : Workspace
        Where to look.
    corpus : Corpus
        Whose vectors.
    encoder : str, optional
        Name or id; without it the most complete vectors are taken, the newest of equals.
    modality : str, optional
        Only vectors of texts, of pictures, or of both together.
    embedding_prompt : str, optional
        Only vectors made with the embedding prompt of this name; empty for those without one.

    Raises
    ------
    LabError
        If there are none; the hint tells how to make them.
    """
    store = EncoderStore(workspace)
    records = [store.get(encoder)] if encoder else store.list()
    sets = [
        find_vector_set(
            workspace, corpus, record, modality=modality, embedding_prompt=embedding_prompt
        )
        for record in records
    ]
    found = [
        (vector_set, record)
        for vector_set, record in zip(sets, records, strict=True)
        if vector_set is not None
    ]
    if not found:
        by = f" with {encoder}" if encoder else ""
        by += f" and the embedding prompt {embedding_prompt}" if embedding_prompt else ""
        option = f" --encoder {encoder}" if encoder else ""
        option += f" --embedding-prompt {embedding_prompt}" if embedding_prompt else ""
        raise LabError(
            f"The corpus {corpus.name} is not embedded yet{by}.",
            hint=f"Embed it first: `embedding-lab embed {corpus.name}{option}`.",
        )
    return max(found, key=lambda pair: (pair[0].n_rows, pair[0].meta.created))


def _result(rank: int, document: Document, score: float) -> dict[str, Any]:
    result = {
        "rank": rank,
        "row": document.row,
        "id": document.id,
        "score": float(score),
        "text": document.text,
    }
    optional = {
        "title": document.title,
        "label": document.label,
        "extra": document.extra,
        "picture": document.picture,
    }
    return result | {name: value for name, value in optional.items() if value}
