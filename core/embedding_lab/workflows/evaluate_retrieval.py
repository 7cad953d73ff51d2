"""Measuring how well an encoder's vectors answer the judged queries of a corpus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from embedding_lab.encoders import pool
from embedding_lab.encoders.loop import encode_rows
from embedding_lab.encoders.two_sided import query_side
from embedding_lab.errors import UsageError
from embedding_lab.evaluation.retrieval import (
    RetrievalTask,
    default_metrics,
    load_task,
    rank_documents,
    score_rankings,
)
from embedding_lab.jobs.job import Job, Lane
from embedding_lab.search.exact import open_index
from embedding_lab.workflows.search_corpus import embedded
from embedding_lab.workspace.workspace import Workspace

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedding_lab.encoders.two_sided import QuerySide
    from embedding_lab.jobs.context import JobContext
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.vector_set import VectorSet


@dataclass(frozen=True)
class EvaluateRetrieval(Job[Workspace]):
    """Encode the judged queries, search exactly, and score the rankings.

    Attributes
    ----------
    corpus, encoder : str
        Names or ids; the corpus must be embedded with the encoder.
    split : str
        Which judgements; ``test`` if there is such a split and none is named.
    k : int
        The depth of the metrics.
    embedding_prompt : str or None
        Which of the encoder's vectors: those made with the embedding prompt of this name, those
        made without one if it is empty, the most complete without it.
    """

    corpus: str
    encoder: str = "starter"
    split: str = ""
    k: int = 10
    embedding_prompt: str | None = None
    lane: ClassVar[Lane] = Lane.COMPUTE
    needs_writing: ClassVar[bool] = False

    @property
    def title(self) -> str:
        """What the job does, for the Jobs strip."""
        return f"Evaluating {self.encoder} on {self.corpus}"

    def run(self, ctx: JobContext[Workspace]) -> dict[str, Any]:
        """Return each metric with its 95 % interval."""
        if self.k < 1:
            raise UsageError("The depth of the metrics must be at least 1.")
        corpus = ctx.workspace.corpus(self.corpus)
        task = load_task(corpus, self.split)
        vector_set, record = embedded(
            ctx.workspace, corpus, self.encoder, embedding_prompt=self.embedding_prompt
        )
        n_unembedded = _warn(ctx, corpus, task, vector_set)
        texts = [query.text for query in task.queries]
        vectors = encode_queries(ctx, query_side(record, vector_set.meta), texts)
        metrics = default_metrics(self.k)
        depth = max(metric.k for metric in metrics)
        rankings = rank_documents(open_index(vector_set), corpus.ids(), vectors, depth, ctx.check)
        return {
            "task": "retrieval",
            "corpus": corpus.name,
            "encoder": record.name,
            "embedding_prompt": vector_set.meta.embedding_prompt,
            "split": task.split,
            "metrics": score_rankings(task, rankings, metrics, ctx.check),
            "n": len(task.queries),
            "n_skipped": task.n_skipped,
            "n_documents": vector_set.n_rows,
            "n_unembedded": n_unembedded,
            "fingerprint": vector_set.meta.fingerprint,
        }


def _warn(
    ctx: JobContext[Workspace], corpus: Corpus, task: RetrievalTask, vector_set: VectorSet
) -> int:
    if task.n_skipped:
        ctx.log(
            f"{task.n_skipped:,} judged queries have no relevant document and are left out.",
            level="warning",
        )
    n_unembedded = corpus.n_rows - vector_set.n_rows
    if n_unembedded:
        ctx.log(
            f"{n_unembedded:,} of {corpus.n_rows:,} rows have no vector and cannot be found, so "
            "the scores are not those of the whole corpus.",
            level="warning",
        )
    return n_unembedded


def encode_queries(
    ctx: JobContext[Workspace], side: QuerySide, texts: list[str]
) -> NDArray[np.float32]:
    """Return the vectors of queries, shape (n, d)."""
    encoder = pool.load(side.record, ctx.log)
    vectors = np.empty((len(texts), side.record.dimension), dtype=np.float32)
    n_done = 0
    for batch in encode_rows(encoder, enumerate(texts), side.options, check=ctx.check):
        vectors[batch.rows] = batch.vectors
        n_done += len(batch.rows)
        ctx.progress(n_done, len(texts), unit="queries")
    return vectors
