"""Comparing embedding prompts on the labelled rows and the judged queries of a corpus."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from embedding_lab.embedding_prompts.presets import OWN, PRESETS, embedding_prompt
from embedding_lab.embedding_prompts.store import EmbeddingPromptStore
from embedding_lab.encoders import pool
from embedding_lab.encoders.contract import EncodeOptions, Rendering
from embedding_lab.encoders.loop import encode_rows
from embedding_lab.encoders.plain_rendering import record_that_renders
from embedding_lab.errors import UsageError
from embedding_lab.jobs.job import Job, Lane
from embedding_lab.prompts.embedding_bench import Judged, compared, judge_labelled, judge_pairs
from embedding_lab.prompts.text_vectors import TextVectors
from embedding_lab.types import Modality, Role
from embedding_lab.workflows.bench_tasks import BenchChoices
from embedding_lab.workflows.render_prompt import side_of
from embedding_lab.workspace.workspace import Workspace

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedding_lab.contracts import EmbeddingPrompt
    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.jobs.context import JobContext
    from embedding_lab.workflows.bench_tasks import Inputs, Tasks

# Texts are handed to the encoder so many at a time, so that progress can be told.
TEXTS_AT_ONCE = 64


@dataclass(frozen=True)
class BenchPrompts(BenchChoices, Job[Workspace]):
    """Judge embedding prompts by the nearest neighbours of what is read with them.

    Labelled rows are judged by the labels of their nearest others; where the corpus has judgements,
    queries by their nearest document, among those that are relevant to any of the queries.

    Attributes
    ----------
    presets : tuple of str
        Names of :data:`~embedding_lab.embedding_prompts.presets.PRESETS`, or of prompts saved in
        the workspace; the others are compared with the first.
    changes : dict
        Texts by the names of the method's parameters: a prompt named ``own``, with these texts and
        no others, is compared too.
    layer : int
        Which hidden state, 0 for what goes into the first layer; -1 for the last.
    """

    presets: tuple[str, ...] = tuple(PRESETS)
    changes: dict[str, str] = field(default_factory=dict)
    layer: int = -1
    lane: ClassVar[Lane] = Lane.COMPUTE
    needs_writing: ClassVar[bool] = False

    @property
    def title(self) -> str:
        """What the job does, for the Jobs strip."""
        return f"Comparing embedding prompts on {self.corpus}"

    def run(self, ctx: JobContext[Workspace]) -> dict[str, Any]:
        """Encode the inputs with every prompt, and return every figure with its interval."""
        prompts = self._prompts(EmbeddingPromptStore(ctx.workspace))
        tasks = self.tasks(ctx)
        judged = []
        for name, prompt in prompts.items():
            judged.append(self._judge(ctx, tasks, name, prompt))
            ctx.partial({"name": name} | judged[-1].figures)
        return tasks.facts | {
            "side": self.side,
            "pooling": self.pooling,
            "layer": self.layer,
            "k": self.k,
            "prompts": compared(judged, seed=self.seed, check=ctx.check),
        }

    def _prompts(self, store: EmbeddingPromptStore) -> dict[str, EmbeddingPrompt]:
        found: dict[str, EmbeddingPrompt] = {name: store.get(name) for name in self.presets}
        if self.changes:
            found[OWN] = embedding_prompt("none", self.changes)
        if not found:
            raise UsageError("There is no embedding prompt to try.", hint=", ".join(PRESETS))
        return found

    def _judge(
        self, ctx: JobContext[Workspace], tasks: Tasks, name: str, prompt: EmbeddingPrompt
    ) -> Judged:
        """Encode everything with one prompt and judge the vectors."""

        def encode(inputs: Inputs, role: Role) -> NDArray[np.float32]:
            rendering = Rendering(prompt.turn(role, inputs.modality), self.pooling, self.layer)
            record = record_that_renders(tasks.record, rendering)
            options = EncodeOptions(role=role, modality=inputs.modality, rendering=rendering)
            told = f"Reading {role} {'texts' if inputs.modality is Modality.TEXT else 'pictures'}"
            return _encoded(ctx, record, options, inputs, f"{told}: {name}")

        figures: dict[str, Any] = {"texts": _texts(prompt, tasks.modality)}
        is_right = {}
        if labelled := tasks.labelled:
            vectors = encode(labelled.inputs, side_of(self.side))
            found, is_right["knn"] = judge_labelled(vectors, labelled.labels, self.k, ctx.check)
            figures |= found
        if pairs := tasks.pairs:
            queries = encode(pairs.queries, Role.QUERY)
            documents = encode(pairs.documents, Role.DOCUMENT)
            found, is_right["recall_at_1"] = judge_pairs(
                queries, documents, pairs.relevant, ctx.check
            )
            figures |= found
        return Judged(name, figures, is_right)


def _encoded(
    ctx: JobContext[Workspace],
    record: EncoderRecord,
    options: EncodeOptions,
    inputs: Inputs,
    told: str,
) -> NDArray[np.float32]:
    """Return the vectors of inputs, shape (n, d); those of texts are kept in the workspace."""
    if inputs.modality is Modality.TEXT:
        kept = TextVectors(ctx.workspace, record, options)
        parts = []
        for first in range(0, len(inputs), TEXTS_AT_ONCE):
            ctx.progress(first, len(inputs), told, unit="texts")
            part = inputs.texts[first : first + TEXTS_AT_ONCE]
            parts.append(kept.get(part, check=ctx.check, say=ctx.log))
        return np.concatenate(parts)
    encoder = pool.load(record, ctx.log)
    vectors = np.empty((len(inputs), encoder.dimension), dtype=np.float32)
    n_done = 0
    for batch in encode_rows(encoder, inputs.each(ctx), options, check=ctx.check):
        vectors[batch.rows] = batch.vectors
        n_done += len(batch.rows)
        ctx.progress(n_done, len(inputs), told, unit="pictures")
    return vectors


def _texts(prompt: EmbeddingPrompt, modality: Modality) -> dict[str, dict[str, str]]:
    turns = {role: prompt.turn(role, modality) for role in Role}
    return {
        role.value: {"system": turn.system, "suffix": turn.suffix} for role, turn in turns.items()
    }
