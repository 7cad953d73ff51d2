"""How well an encoder's embeddings answer judged queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.errors import UsageError
from embedding_lab.metrics.bootstrap import bootstrap_intervals
from embedding_lab.metrics.ranking import Metric, judge

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from embedding_lab.search.exact import ExactIndex
    from embedding_lab.workspace.corpus import Corpus, Query

PREFERRED_SPLITS = ("test", "dev", "validation", "train")
DEEPEST_FOR_MAP = 100


@dataclass(frozen=True)
class RetrievalTask:
    """The judged queries of one split.

    ``judgements`` holds ``{document id: grade}`` for each of ``queries``. ``n_skipped`` counts
    judged queries without any relevant document: no ranking can answer them, so they are left out.
    """

    split: str
    queries: tuple[Query, ...]
    judgements: tuple[Mapping[str, float], ...]
    n_skipped: int


def load_task(corpus: Corpus, split: str = "") -> RetrievalTask:
    """Read the judged queries of a corpus.

    Parameters
    ----------
    corpus : Corpus
        A corpus with queries and judgements.
    split : str, optional
        Which judgements; ``test`` without a name, or the only or most usual one there is.

    Raises
    ------
    UsageError
        If the corpus has no judgements, or none of that name.
    """
    if not corpus.splits:
        raise UsageError(
            f"The corpus {corpus.name} has no judgements, so retrieval cannot be measured on it.",
            hint="Import a folder in the BEIR layout: corpus, queries and qrels.",
        )
    split = split or next(
        (name for name in PREFERRED_SPLITS if name in corpus.splits), corpus.splits[0]
    )
    if split not in corpus.splits:
        raise UsageError(
            f"The corpus {corpus.name} has no judgements named {split}.",
            hint=f"It has {', '.join(corpus.splits)}.",
        )
    judged = corpus.judgements(split)
    queries = corpus.queries(split)
    answerable = [query for query in queries if max(judged[query.id].values()) > 0]
    if not answerable:
        raise UsageError(f"No query of {corpus.name} has a relevant document in {split}.")
    return RetrievalTask(
        split=split,
        queries=tuple(answerable),
        judgements=tuple(judged[query.id] for query in answerable),
        n_skipped=len(queries) - len(answerable),
    )


def default_metrics(k: int) -> tuple[Metric, ...]:
    """Return the metrics that are told for a depth ``k``; the first is the main score."""
    at_k = [Metric(name, k) for name in ("ndcg", "recall", "precision", "mrr")]
    return (*at_k, Metric("map", max(k, DEEPEST_FOR_MAP)))


def rank_documents(
    index: ExactIndex,
    ids: Sequence[str],
    query_vectors: NDArray[np.float32],
    depth: int,
    check: Callable[[], None] = lambda: None,
) -> list[list[str]]:
    """Return the ids of the ``depth`` best documents for each query, best first.

    Parameters
    ----------
    index : ExactIndex
        Over the document vectors.
    ids : sequence of str
        Document ids in corpus row order.
    query_vectors : ndarray of float32, shape (n, d)
        One vector per query.
    depth : int
        How many documents to rank.
    check : callable, optional
        Called between blocks; may raise to stop.
    """
    hits = index.search_many(query_vectors, depth, check=check)
    return [[ids[row] for row in index.rows[slots]] for slots, _ in hits]


def score_rankings(
    task: RetrievalTask,
    rankings: Sequence[Sequence[str]],
    metrics: Sequence[Metric],
    check: Callable[[], None] = lambda: None,
) -> dict[str, dict[str, Any]]:
    """Return ``{metric: {"value", "ci"}}`` with 95 % bootstrap intervals over the queries."""
    judged = judge(rankings, task.judgements, max(metric.k for metric in metrics))
    values = np.stack([metric(judged) for metric in metrics], axis=1)
    intervals = bootstrap_intervals(values, check=check)
    return {
        str(metric): {"value": float(mean), "ci": [float(low), float(high)]}
        for metric, mean, (low, high) in zip(metrics, values.mean(axis=0), intervals, strict=True)
    }
