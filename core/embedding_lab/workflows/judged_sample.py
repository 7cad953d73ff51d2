"""A part of a judged corpus small enough to score several encoders on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.encoders import pool
from embedding_lab.encoders.contract import EncodeOptions
from embedding_lab.encoders.pending_rows import PendingRows
from embedding_lab.encoders.prompts import resolve_prompt
from embedding_lab.encoders.sample_rows import drawn_rows
from embedding_lab.encoders.two_sided import plain_queries
from embedding_lab.encoders.ways import encode_sorted
from embedding_lab.evaluation.retrieval import load_task
from embedding_lab.metrics.bootstrap import bootstrap_intervals
from embedding_lab.metrics.paired_tests import compare_means
from embedding_lab.metrics.ranking import judge, ndcg
from embedding_lab.metrics.verdict import verdict
from embedding_lab.types import Modality, Role
from embedding_lab.workflows.evaluate_retrieval import encode_queries

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.evaluation.retrieval import RetrievalTask
    from embedding_lab.jobs.context import JobContext
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.workspace import Workspace

DEPTH = 10
MOST_QUERIES = 300
MOST_DOCUMENTS = 2000


@dataclass(frozen=True)
class JudgedSample:
    """Judged queries and the documents they are searched among.

    Every relevant document of the queries is there; the others are drawn.

    Attributes
    ----------
    corpus : Corpus
        Whose.
    task : RetrievalTask
        The queries and their judgements.
    rows : array, shape (n,)
        Corpus rows of the documents, ascending.
    ids : list of str
        Their ids.
    """

    corpus: Corpus
    task: RetrievalTask
    rows: NDArray[np.int64]
    ids: list[str]

    def scores(self, ctx: JobContext[Workspace], record: EncoderRecord) -> NDArray[np.float64]:
        """Return an encoder's nDCG@10 of each query, shape (q,)."""
        texts = [query.text for query in self.task.queries]
        queries = encode_queries(ctx, plain_queries(record), texts)
        left_out = np.ones(self.corpus.n_rows, dtype=np.bool_)
        left_out[self.rows] = False
        pending = PendingRows(self.corpus, left_out, Modality.TEXT, ctx.check, takes_empty=True)
        n_done = 0

        def on_batch(n_rows: int) -> None:
            nonlocal n_done
            n_done += n_rows
            ctx.progress(n_done, len(self.rows), f"Scoring {record.name}")

        options = EncodeOptions(prompt=resolve_prompt(record, role=Role.DOCUMENT))
        found = encode_sorted(pool.load(record, ctx.log), pending, options, on_batch, ctx.check)
        best = np.argsort(-(queries @ found.vectors.T), axis=1, kind="stable")[:, :DEPTH]
        rankings = [[self.ids[place] for place in row] for row in best]
        return ndcg(judge(rankings, self.task.judgements, DEPTH), DEPTH)


def draw_judged_sample(corpus: Corpus) -> JudgedSample | None:
    """Return the same sample every time; ``None`` for a corpus without judgements."""
    if not corpus.splits:
        return None
    task = load_task(corpus)
    chosen = drawn_rows(np.arange(len(task.queries)), MOST_QUERIES)
    task = replace(
        task,
        queries=tuple(task.queries[place] for place in chosen),
        judgements=tuple(task.judgements[place] for place in chosen),
    )
    ids = corpus.ids()
    relevant = {name for grades in task.judgements for name, grade in grades.items() if grade > 0}
    is_needed = np.array([name in relevant for name in ids], dtype=np.bool_)
    needed = np.flatnonzero(is_needed)
    others = drawn_rows(np.flatnonzero(~is_needed), max(0, MOST_DOCUMENTS - len(needed)))
    rows = np.sort(np.concatenate([needed, others]))
    return JudgedSample(corpus, task, rows, [ids[row] for row in rows])


def compared_scores(reference: NDArray[np.float64], scores: NDArray[np.float64]) -> dict[str, Any]:
    """Return nDCG@10 with its interval, and the paired difference from the reference's."""
    low, high = bootstrap_intervals(scores[:, np.newaxis])[0]
    difference = compare_means(reference, scores)
    return {
        "ndcg@10": {"value": float(scores.mean()), "ci": [float(low), float(high)]},
        "delta": difference.value,
        "delta_ci": list(difference.interval),
        "p_value": difference.p_value,
        "verdict": verdict(difference).value,
    }
