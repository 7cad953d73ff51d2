"""Comparing instruction prompts for retrieval on the judged queries of a corpus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from embedding_lab.encoders.store import EncoderStore
from embedding_lab.encoders.two_sided import plain_queries
from embedding_lab.errors import UsageError
from embedding_lab.evaluation.retrieval import RetrievalTask, load_task, rank_documents
from embedding_lab.jobs.job import Job, Lane
from embedding_lab.metrics.bootstrap import bootstrap_intervals
from embedding_lab.metrics.paired_tests import compare_means
from embedding_lab.metrics.ranking import Metric, judge
from embedding_lab.metrics.verdict import holm
from embedding_lab.prompts.experiments import INSTRUCTIONS, ExperimentStore
from embedding_lab.prompts.report import compared
from embedding_lab.search.exact import open_index
from embedding_lab.workflows.evaluate_retrieval import encode_queries
from embedding_lab.workflows.prompt_items import Wanted, vectors_of
from embedding_lab.workspace.workspace import Workspace

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.jobs.context import JobContext
    from embedding_lab.prompts.experiments import Items
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.vector_set import VectorSet


@dataclass(frozen=True)
class CompareInstructions(Job[Workspace]):
    """Search with each instruction before the queries, and compare nDCG with the first one's.

    The scores of each query are handed out as a partial result.

    Attributes
    ----------
    corpus, encoder : str
        Names or ids; the corpus needs judgements.
    queries : tuple of str
        Literal texts put before every query; an empty one stands for no instruction.
    documents : tuple of str
        Literal texts put before every document, one for each of ``queries``; the corpus is embedded
        with those it is not embedded with yet. Without any, its vectors are taken as they are.
    split : str
        Which judgements; ``test`` if there are some.
    k : int
        Depth of nDCG.
    save : str
        Save the experiment under this name; nothing is saved without one.
    seed : int
        For the bootstrap and the permutations.
    """

    corpus: str
    encoder: str = "starter"
    queries: tuple[str, ...] = ("",)
    documents: tuple[str, ...] = ()
    split: str = ""
    k: int = 10
    save: str = ""
    seed: int = 0
    lane: ClassVar[Lane] = Lane.COMPUTE
    needs_writing: ClassVar[bool] = False

    @property
    def title(self) -> str:
        """What the job does, for the Jobs strip."""
        return f"Comparing instructions on {self.corpus}"

    def run(self, ctx: JobContext[Workspace]) -> dict[str, Any]:
        """Return nDCG of every instruction with its interval, paired against the first."""
        store = ExperimentStore(ctx.workspace)
        if self.save:
            store.require_unused(self.save)
        self._require_sense()
        corpus = ctx.workspace.corpus(self.corpus)
        record = EncoderStore(ctx.workspace).get(self.encoder)
        task = load_task(corpus, self.split)
        documents = self.documents or (None,) * len(self.queries)
        vector_sets = [
            vectors_of(ctx, corpus, record, Wanted("text", document, embedding_prompt=""))
            for document in documents
        ]
        scores = [
            self._scores(ctx, corpus, record, task, query, vector_set)
            for query, vector_set in zip(self.queries, vector_sets, strict=True)
        ]
        result = {
            "task": INSTRUCTIONS,
            "corpus": corpus.name,
            "corpus_id": corpus.id,
            "encoder": record.name,
            "fingerprint": vector_sets[0].meta.fingerprint,
            "split": task.split,
            "k": self.k,
            "n": len(task.queries),
            "n_skipped": task.n_skipped,
            "instructions": self._told(ctx, vector_sets, scores),
        }
        items: Items = {"query": np.array([query.id for query in task.queries], dtype=np.str_)}
        items |= {f"score_{number}": values for number, values in enumerate(scores)}
        ctx.partial(items)
        if not self.save:
            return result | {"experiment": ""}
        saved = store.save(self.save, INSTRUCTIONS, result, items)
        return result | {"experiment": saved.manifest.id}

    def _require_sense(self) -> None:
        if self.k < 1:
            raise UsageError("The depth of nDCG must be at least 1.")
        if not self.queries:
            raise UsageError("There is no instruction.", hint="An empty one stands for none.")
        if self.documents and len(self.documents) != len(self.queries):
            raise UsageError(
                f"There are {len(self.queries)} instructions for queries and "
                f"{len(self.documents)} for documents.",
                hint="Give one for documents with each for queries, or none at all.",
            )
        pairs = list(zip(self.queries, self.documents or self.queries, strict=True))
        if len(set(pairs)) < len(pairs):
            raise UsageError("Two instructions are the same.", hint="Remove one of the two.")

    def _scores(
        self,
        ctx: JobContext[Workspace],
        corpus: Corpus,
        record: EncoderRecord,
        task: RetrievalTask,
        query: str,
        vector_set: VectorSet,
    ) -> NDArray[np.float64]:
        """Return nDCG of each query under one instruction, shape (n,)."""
        side = plain_queries(record, query)
        vectors = encode_queries(ctx, side, [item.text for item in task.queries])
        rankings = rank_documents(open_index(vector_set), corpus.ids(), vectors, self.k, ctx.check)
        return Metric("ndcg", self.k)(judge(rankings, task.judgements, self.k))

    def _told(
        self,
        ctx: JobContext[Workspace],
        vector_sets: list[VectorSet],
        scores: list[NDArray[np.float64]],
    ) -> list[dict[str, Any]]:
        intervals = bootstrap_intervals(np.stack(scores, axis=1), seed=self.seed, check=ctx.check)
        told = [
            {
                "query": query,
                "document": vector_set.meta.prompt,
                "score": float(values.mean()),
                "score_ci": [float(low), float(high)],
            }
            for query, vector_set, values, (low, high) in zip(
                self.queries, vector_sets, scores, intervals, strict=True
            )
        ]
        differences = [
            compare_means(scores[0], values, seed=self.seed, check=ctx.check)
            for values in scores[1:]
        ]
        corrected = holm([item.p_value for item in differences])
        for item, difference, p_value in zip(told[1:], differences, corrected, strict=True):
            item.update(compared(difference, p_value))
        return told
