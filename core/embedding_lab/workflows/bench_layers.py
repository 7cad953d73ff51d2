"""Which layer of a language model holds the best vectors under an embedding prompt."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np

from embedding_lab.embedding_prompts.store import EmbeddingPromptStore
from embedding_lab.encoders import pool
from embedding_lab.encoders.contract import EncodeOptions, Rendering
from embedding_lab.encoders.loop import encode_rows
from embedding_lab.encoders.prepared import on_engine
from embedding_lab.jobs.job import Job, Lane
from embedding_lab.prompts.embedding_bench import judge_labelled, judge_pairs
from embedding_lab.types import Engine, Precision, Role
from embedding_lab.workflows.bench_tasks import BenchChoices
from embedding_lab.workflows.render_prompt import side_of
from embedding_lab.workspace.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from embedding_lab.encoders.contract import Encoder
    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.encoders.torch_states import InnerStates
    from embedding_lab.jobs.context import JobContext
    from embedding_lab.workflows.bench_tasks import Inputs, Tasks

    Figures = dict[str, Any]
    # Returns the vectors of every layer, shape (layers + 1, n, d).
    Encode = Callable[[Inputs, Role], NDArray[np.float32]]


@dataclass(frozen=True)
class BenchLayers(BenchChoices, Job[Workspace]):
    """Judge the vectors of every layer by their nearest neighbours, read in one pass.

    Attributes
    ----------
    preset : str
        The embedding prompt.
    changes : dict
        Texts that differ from it, by the names of the method's parameters.
    """

    preset: str = "hierarchical"
    changes: dict[str, str] = field(default_factory=dict)
    lane: ClassVar[Lane] = Lane.COMPUTE
    needs_writing: ClassVar[bool] = False

    @property
    def title(self) -> str:
        """What the job does, for the Jobs strip."""
        return f"Comparing layers of {self.encoder} on {self.corpus}"

    def run(self, ctx: JobContext[Workspace]) -> dict[str, Any]:
        """Encode the inputs once, and return the figures of every layer, with intervals."""
        prompt = EmbeddingPromptStore(ctx.workspace).get(self.preset, self.changes)
        tasks = self.tasks(ctx)
        states = inner_states(ctx, tasks.record)
        pooling = self.pooling or states.usual_pooling

        def encode(inputs: Inputs, role: Role) -> NDArray[np.float32]:
            rendering = Rendering(prompt.turn(role, inputs.modality), pooling)
            options = EncodeOptions(role=role, modality=inputs.modality, rendering=rendering)
            return _by_layer(ctx, states, options, inputs)

        return tasks.facts | {
            "preset": self.preset,
            "changes": self.changes,
            "side": self.side,
            "pooling": pooling,
            "k": self.k,
            "layers": self._judge(ctx, tasks, encode),
        }

    def _judge(self, ctx: JobContext[Workspace], tasks: Tasks, encode: Encode) -> list[Figures]:
        figures: list[Figures] = []
        if labelled := tasks.labelled:
            vectors = encode(labelled.inputs, side_of(self.side))
            figures = [
                judge_labelled(layer, labelled.labels, self.k, ctx.check)[0] for layer in vectors
            ]
        if pairs := tasks.pairs:
            queries = encode(pairs.queries, Role.QUERY)
            documents = encode(pairs.documents, Role.DOCUMENT)
            found = [
                judge_pairs(*layers, pairs.relevant, ctx.check)[0]
                for layers in zip(queries, documents, strict=True)
            ]
            figures = [
                old | new for old, new in zip(figures or [{}] * len(found), found, strict=True)
            ]
        return [{"layer": number} | item for number, item in enumerate(figures)]


def inner_states(ctx: JobContext[Workspace], record: EncoderRecord) -> InnerStates:
    """Return what looks into an encoder, loading it on the full engine first.

    Raises
    ------
    EncoderError
        If it cannot be looked into.
    """
    full = on_engine(record, Engine.TORCH.value, Precision.FP32)
    encoder = pool.load(full, ctx.log)
    from embedding_lab.encoders.torch_states import InnerStates

    return InnerStates(encoder)


def _by_layer(
    ctx: JobContext[Workspace], states: InnerStates, options: EncodeOptions, inputs: Inputs
) -> NDArray[np.float32]:
    """Return the vectors of every layer, shape (layers + 1, n, d)."""
    shape = (len(inputs), states.n_states, states.dimension // states.n_states)
    vectors = np.empty(shape, dtype=np.float32)
    n_done = 0
    encoder = cast("Encoder", states)
    for batch in encode_rows(encoder, inputs.each(ctx), options, check=ctx.check):
        vectors[batch.rows] = batch.vectors.reshape(len(batch.rows), *shape[1:])
        n_done += len(batch.rows)
        ctx.progress(n_done, len(inputs), f"Reading {options.role} inputs", unit="inputs")
    return np.ascontiguousarray(vectors.transpose(1, 0, 2))
