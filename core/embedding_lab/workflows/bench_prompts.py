"""Comparing embedding prompts on the labelled rows and the judged queries of a corpus."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from embedding_lab.embedding_prompts.presets import OWN, PRESETS, embedding_prompt
from embedding_lab.embedding_prompts.store import EmbeddingPromptStore
from embedding_lab.encoders.contract import EncodeOptions, Rendering
from embedding_lab.encoders.plain_rendering import record_that_renders
from embedding_lab.encoders.sample_rows import drawn_rows
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.errors import UsageError
from embedding_lab.evaluation.retrieval import load_task
from embedding_lab.jobs.job import Job, Lane
from embedding_lab.prompts.embedding_bench import Judged, compared, judge_labelled, judge_pairs
from embedding_lab.prompts.text_vectors import TextVectors
from embedding_lab.search.filters import rows_that_fit
from embedding_lab.types import Modality, Role
from embedding_lab.workflows.render_prompt import side_of
from embedding_lab.workspace.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from embedding_lab.contracts import EmbeddingPrompt
    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.jobs.context import JobContext
    from embedding_lab.workspace.corpus import Corpus

# Texts are handed to the encoder so many at a time, so that progress can be told.
TEXTS_AT_ONCE = 64


@dataclass(frozen=True, eq=False)
class _Labelled:
    texts: list[str]
    labels: NDArray[np.int64]
    names: list[str]


@dataclass(frozen=True, eq=False)
class _Pairs:
    queries: list[str]
    documents: list[str]
    relevant: list[NDArray[np.int64]]


@dataclass(frozen=True)
class BenchPrompts(Job[Workspace]):
    """Judge embedding prompts by the nearest neighbours of texts read with them.

    Labelled rows are judged by the labels of their nearest others; where the corpus has judgements,
    queries by their nearest document, among those that are relevant to any of the queries.

    Attributes
    ----------
    corpus, encoder : str
        Names or ids.
    presets : tuple of str
        Names of :data:`~embedding_lab.embedding_prompts.presets.PRESETS`, or of prompts saved in
        the workspace; the others are compared with the first.
    changes : dict
        Texts by the names of the method's parameters: a prompt named ``own``, with these texts and
        no others, is compared too.
    side : str
        The side on which labelled rows stand: ``query`` or ``document``.
    pooling : str
        ``last``, ``mean`` or ``eos``; the usual way without one.
    layer : int
        Which hidden state, 0 for what goes into the first layer; -1 for the last.
    k : int
        How many nearest rows say the label.
    filter : str
        Which rows; see :mod:`embedding_lab.search.filters`.
    sample : int
        At most so many labelled rows, and so many queries; 0 for all.
    seed : int
        For the sample and the bootstrap.
    """

    corpus: str
    encoder: str = "starter"
    presets: tuple[str, ...] = tuple(PRESETS)
    changes: dict[str, str] = field(default_factory=dict)
    side: str = Role.QUERY.value
    pooling: str = ""
    layer: int = -1
    k: int = 1
    filter: str = ""
    sample: int = 1000
    seed: int = 0
    lane: ClassVar[Lane] = Lane.COMPUTE
    needs_writing: ClassVar[bool] = False

    @property
    def title(self) -> str:
        """What the job does, for the Jobs strip."""
        return f"Comparing embedding prompts on {self.corpus}"

    def run(self, ctx: JobContext[Workspace]) -> dict[str, Any]:
        """Encode the texts with every prompt, and return every figure with its interval."""
        prompts = self._require_sense(EmbeddingPromptStore(ctx.workspace))
        corpus = ctx.workspace.corpus(self.corpus)
        record = EncoderStore(ctx.workspace).get(self.encoder)
        labelled, pairs = self._labelled(corpus), self._pairs(corpus)
        if labelled is None and pairs is None:
            raise UsageError(
                f"The corpus {corpus.name} has neither two labels of several rows nor judgements.",
                hint="Import it with --role COLUMN=label.",
            )
        judged = []
        for name, prompt in prompts.items():
            judged.append(self._judge(ctx, record, name, prompt, (labelled, pairs)))
            ctx.partial({"name": name} | judged[-1].figures)
        return {
            "corpus": corpus.name,
            "corpus_id": corpus.id,
            "encoder": record.name,
            "side": self.side,
            "pooling": self.pooling,
            "layer": self.layer,
            "k": self.k,
            "n": len(labelled.texts) if labelled else 0,
            "labels": labelled.names if labelled else [],
            "n_queries": len(pairs.queries) if pairs else 0,
            "n_documents": len(pairs.documents) if pairs else 0,
            "prompts": compared(judged, seed=self.seed, check=ctx.check),
        }

    def _require_sense(self, store: EmbeddingPromptStore) -> dict[str, EmbeddingPrompt]:
        if self.k < 1 or self.sample < 0:
            raise UsageError("At least one neighbour must vote, and a sample cannot be negative.")
        side_of(self.side)
        found: dict[str, EmbeddingPrompt] = {name: store.get(name) for name in self.presets}
        if self.changes:
            found[OWN] = embedding_prompt("none", self.changes)
        if not found:
            raise UsageError("There is no embedding prompt to try.", hint=", ".join(PRESETS))
        return found

    def _labelled(self, corpus: Corpus) -> _Labelled | None:
        """Return the labelled rows whose label another row has too; nothing without two labels."""
        if not corpus.has_labels:
            return None
        rows = corpus.select("label IS NOT NULL AND label != ''")
        if self.filter.strip():
            rows = rows[rows_that_fit(corpus, self.filter)[rows]]
        rows = drawn_rows(rows, self.sample or len(rows), self.seed)
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
        return _Labelled(texts, numbers, names[kept].tolist())

    def _pairs(self, corpus: Corpus) -> _Pairs | None:
        if not corpus.splits:
            return None
        task = load_task(corpus)
        places = np.arange(len(task.queries))
        chosen = drawn_rows(places, self.sample or len(places), self.seed).tolist()
        relevant = [
            {item for item, grade in task.judgements[at].items() if grade > 0} for at in chosen
        ]
        row_of = {name: row for row, name in enumerate(corpus.ids())}
        rows = sorted({row_of[name] for names in relevant for name in names if name in row_of})
        place = {row: at for at, row in enumerate(rows)}
        found = [
            np.array([place[row_of[name]] for name in names if name in row_of], dtype=np.int64)
            for names in relevant
        ]
        answerable = [at for at, own in enumerate(found) if len(own)]
        if len(rows) < 2 or not answerable:
            return None
        return _Pairs(
            [task.queries[chosen[at]].text for at in answerable],
            [item.full_text for item in corpus.documents_at(np.array(rows))],
            [found[at] for at in answerable],
        )

    def _judge(
        self,
        ctx: JobContext[Workspace],
        record: EncoderRecord,
        name: str,
        prompt: EmbeddingPrompt,
        tasks: tuple[_Labelled | None, _Pairs | None],
    ) -> Judged:
        """Encode the texts with one prompt and judge the vectors."""

        def encode(texts: Sequence[str], role: Role) -> NDArray[np.float32]:
            rendering = Rendering(prompt.turn(role, Modality.TEXT), self.pooling, self.layer)
            renders = record_that_renders(record, rendering)
            options = EncodeOptions(role=role, rendering=rendering)
            kept = TextVectors(ctx.workspace, renders, options)
            parts = []
            for first in range(0, len(texts), TEXTS_AT_ONCE):
                ctx.progress(first, len(texts), f"Reading {role} texts: {name}", unit="texts")
                part = texts[first : first + TEXTS_AT_ONCE]
                parts.append(kept.get(part, check=ctx.check, say=ctx.log))
            return np.concatenate(parts)

        labelled, pairs = tasks
        figures: dict[str, Any] = {"texts": _texts(prompt)}
        is_right = {}
        if labelled:
            vectors = encode(labelled.texts, side_of(self.side))
            found, is_right["knn"] = judge_labelled(vectors, labelled.labels, self.k, ctx.check)
            figures |= found
        if pairs:
            queries = encode(pairs.queries, Role.QUERY)
            documents = encode(pairs.documents, Role.DOCUMENT)
            found, is_right["recall_at_1"] = judge_pairs(
                queries, documents, pairs.relevant, ctx.check
            )
            figures |= found
        return Judged(name, figures, is_right)


def _texts(prompt: EmbeddingPrompt) -> dict[str, dict[str, str]]:
    turns = {role: prompt.turn(role, Modality.TEXT) for role in Role}
    return {
        role.value: {"system": turn.system, "suffix": turn.suffix} for role, turn in turns.items()
    }
