"""What embedding prompts are judged on: labelled rows, and queries with what answers them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.encoders.modality import choose_modality
from embedding_lab.encoders.pending_rows import PendingRows
from embedding_lab.encoders.sample_rows import drawn_rows
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.errors import UsageError
from embedding_lab.evaluation.retrieval import load_task
from embedding_lab.search.filters import rows_that_fit
from embedding_lab.types import Modality, Role
from embedding_lab.workflows.render_prompt import side_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from embedding_lab.encoders.contract import Input
    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.jobs.context import JobContext
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.workspace import Workspace


@dataclass(frozen=True, eq=False)
class Inputs:
    """Texts, or the pictures of rows, ascending, shape (n,); rows are none for texts alone."""

    modality: Modality
    texts: Sequence[str] = ()
    corpus: Corpus | None = None
    rows: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def __len__(self) -> int:
        return len(self.texts) if self.modality is Modality.TEXT else len(self.rows)

    def each(self, ctx: JobContext[Workspace]) -> Iterator[tuple[int, Input]]:
        """Yield every input with its place."""
        if self.modality is Modality.TEXT:
            yield from enumerate(self.texts)
            return
        assert self.corpus is not None
        for row, picture in pictures_of(ctx, self.corpus, self.rows, self.modality):
            yield int(np.searchsorted(self.rows, row)), picture


@dataclass(frozen=True, eq=False)
class Labelled:
    """Inputs with labels from 0, shape (n,), and the labels' names."""

    inputs: Inputs
    labels: NDArray[np.int64]
    names: list[str]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Queries, documents, and for each query the places of the documents that answer it."""

    queries: Inputs
    documents: Inputs
    relevant: list[NDArray[np.int64]]


@dataclass(frozen=True, eq=False)
class Tasks:
    """What a corpus offers; at least one of the two."""

    corpus: Corpus
    record: EncoderRecord
    modality: Modality
    labelled: Labelled | None
    pairs: Pairs | None

    @property
    def facts(self) -> dict[str, Any]:
        """What is judged on, for a result: JSON values."""
        labelled, pairs = self.labelled, self.pairs
        return {
            "corpus": self.corpus.name,
            "corpus_id": self.corpus.id,
            "encoder": self.record.name,
            "modality": self.modality.value,
            "n": len(labelled.inputs) if labelled else 0,
            "labels": labelled.names if labelled else [],
            "n_queries": len(pairs.queries) if pairs else 0,
            "n_documents": len(pairs.documents) if pairs else 0,
        }


@dataclass(frozen=True)
class BenchChoices:
    """What embedding prompts are judged on, and how vectors are read.

    Attributes
    ----------
    corpus, encoder : str
        Names or ids.
    side : str
        The side on which labelled rows stand: ``query`` or ``document``.
    pooling : str
        ``last``, ``mean`` or ``eos``; the usual way without one.
    k : int
        How many nearest rows say the label.
    filter : str
        Which rows; see :mod:`embedding_lab.search.filters`.
    sample : int
        At most so many labelled rows, and so many queries; 0 for all.
    seed : int
        For the sample and the bootstrap.
    modality : str
        What is read of a row: ``text``, ``image`` or ``image+text``; the most natural without it.
        Where pictures are read and nothing is judged, the texts of rows are queries for their
        pictures.
    """

    corpus: str
    encoder: str = "starter"
    side: str = Role.QUERY.value
    pooling: str = ""
    k: int = 1
    filter: str = ""
    sample: int = 1000
    seed: int = 0
    modality: str = ""

    def tasks(self, ctx: JobContext[Workspace]) -> Tasks:
        """Return what the corpus offers to judge prompts on.

        Raises
        ------
        LabError
            If it offers nothing, or something that is named is not there.
        """
        if self.k < 1 or self.sample < 0:
            raise UsageError("At least one neighbour must vote, and a sample cannot be negative.")
        side_of(self.side)
        corpus = ctx.workspace.corpus(self.corpus)
        record = EncoderStore(ctx.workspace).get(self.encoder)
        modality = choose_modality(corpus, record, self.modality)
        labelled = self._labelled(ctx, corpus, modality)
        pairs = self._pairs(ctx, corpus, record, modality)
        if labelled is None and pairs is None:
            raise UsageError(
                f"The corpus {corpus.name} has neither two labels of several rows nor judgements.",
                hint="Import it with --role COLUMN=label.",
            )
        return Tasks(corpus, record, modality, labelled, pairs)

    def _fitting(self, corpus: Corpus, condition: str) -> NDArray[np.int64]:
        """Return a sample of the rows that fulfil a condition and fit the filter."""
        rows = corpus.select(condition)
        if self.filter.strip():
            rows = rows[rows_that_fit(corpus, self.filter)[rows]]
        return drawn_rows(rows, self.sample or len(rows), self.seed)

    def _labelled(
        self, ctx: JobContext[Workspace], corpus: Corpus, modality: Modality
    ) -> Labelled | None:
        """Return the labelled rows whose label another row has too; nothing without two labels."""
        if not corpus.has_labels:
            return None
        condition = "label IS NOT NULL AND label != ''"
        if modality is not Modality.TEXT:
            condition += " AND picture IS NOT NULL"
        rows = readable(ctx, corpus, self._fitting(corpus, condition), modality)
        documents = corpus.documents_at(rows)
        names, labels, counts = np.unique(
            [str(item.label) for item in documents], return_inverse=True, return_counts=True
        )
        is_shared = counts[labels] > 1
        kept = np.unique(labels[is_shared])
        if len(kept) < 2:
            return None
        texts = [item.full_text for item, keep in zip(documents, is_shared, strict=True) if keep]
        numbers = np.searchsorted(kept, labels[is_shared]).astype(np.int64)
        inputs = Inputs(modality, texts, corpus, rows[is_shared])
        return Labelled(inputs, numbers, names[kept].tolist())

    def _pairs(
        self,
        ctx: JobContext[Workspace],
        corpus: Corpus,
        record: EncoderRecord,
        modality: Modality,
    ) -> Pairs | None:
        if Modality.TEXT not in record.modalities:
            return None
        if corpus.splits:
            return self._judged(ctx, corpus, modality)
        return self._captions(ctx, corpus) if modality is Modality.IMAGE else None

    def _judged(
        self, ctx: JobContext[Workspace], corpus: Corpus, modality: Modality
    ) -> Pairs | None:
        """Return judged queries, and the documents that answer any of them."""
        task = load_task(corpus)
        places = np.arange(len(task.queries))
        chosen = drawn_rows(places, self.sample or len(places), self.seed).tolist()
        relevant = [
            {item for item, grade in task.judgements[at].items() if grade > 0} for at in chosen
        ]
        row_of = {name: row for row, name in enumerate(corpus.ids())}
        named = {row_of[name] for names in relevant for name in names if name in row_of}
        rows = readable(ctx, corpus, np.array(sorted(named), dtype=np.int64), modality)
        place = {int(row): at for at, row in enumerate(rows)}
        found = [
            np.array(
                [place[row_of[name]] for name in names if row_of.get(name) in place],
                dtype=np.int64,
            )
            for names in relevant
        ]
        answerable = [at for at, own in enumerate(found) if len(own)]
        if len(rows) < 2 or not answerable:
            return None
        texts = [item.full_text for item in corpus.documents_at(rows)]
        return Pairs(
            Inputs(Modality.TEXT, [task.queries[chosen[at]].text for at in answerable]),
            Inputs(modality, texts, corpus, rows),
            [found[at] for at in answerable],
        )

    def _captions(self, ctx: JobContext[Workspace], corpus: Corpus) -> Pairs | None:
        """Return the texts of rows as queries for the pictures of those of the same text."""
        condition = "picture IS NOT NULL AND TRIM(text) != ''"
        rows = readable(ctx, corpus, self._fitting(corpus, condition), Modality.IMAGE)
        texts = [item.full_text for item in corpus.documents_at(rows)]
        distinct, own = np.unique(np.array(texts, dtype=object), return_inverse=True)
        if len(distinct) < 2:
            return None
        relevant = [np.flatnonzero(own == at).astype(np.int64) for at in range(len(distinct))]
        queries = Inputs(Modality.TEXT, distinct.tolist())
        return Pairs(queries, Inputs(Modality.IMAGE, texts, corpus, rows), relevant)


def pictures_of(
    ctx: JobContext[Workspace], corpus: Corpus, rows: NDArray[np.int64], modality: Modality
) -> PendingRows:
    """Return what yields the pictures of some rows, those that can be read."""
    is_left_out = np.ones(corpus.n_rows, dtype=np.bool_)
    is_left_out[rows] = False
    return PendingRows(corpus, is_left_out, modality, ctx.check, takes_empty=False)


def readable(
    ctx: JobContext[Workspace], corpus: Corpus, rows: NDArray[np.int64], modality: Modality
) -> NDArray[np.int64]:
    """Return the rows whose pictures can be read, and say how many cannot; all where texts are."""
    if modality is Modality.TEXT or len(rows) == 0:
        return rows
    pictures = pictures_of(ctx, corpus, rows, modality)
    found = np.array([row for row, _ in pictures], dtype=np.int64)
    n_left = len(rows) - len(found)
    if n_left:
        ctx.log(f"{n_left:,} rows without a readable picture are left out.", level="warning")
    return found
