"""Which parts of an embedding prompt a language model looks at when it makes a vector."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from embedding_lab.embedding_prompts.chat_format import FORM, IMAGE, SYSTEM, USER
from embedding_lab.embedding_prompts.store import EmbeddingPromptStore
from embedding_lab.encoders.contract import EncodeOptions, Rendering
from embedding_lab.encoders.modality import choose_modality
from embedding_lab.encoders.sample_rows import drawn_rows
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.errors import EncoderError, UsageError
from embedding_lab.jobs.job import Job, Lane
from embedding_lab.metrics.bootstrap import bootstrap_intervals
from embedding_lab.search.filters import rows_that_fit
from embedding_lab.types import Modality, Role
from embedding_lab.workflows.bench_layers import inner_states
from embedding_lab.workflows.bench_tasks import Inputs, readable
from embedding_lab.workflows.render_prompt import side_of
from embedding_lab.workspace.workspace import Workspace

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedding_lab.encoders.torch_states import InnerStates
    from embedding_lab.jobs.context import JobContext
    from embedding_lab.workspace.corpus import Corpus

PARTS = (SYSTEM, IMAGE, USER, FORM)


@dataclass(frozen=True)
class MeasureAttention(Job[Workspace]):
    """Measure the share of attention that each part of a prompt receives, on rows of a corpus.

    What looks is what becomes the vector: the last token of the prompt, or, with mean pooling, all
    tokens. The weights of all heads of a layer are averaged. The parts are the system text, the
    picture, what the user says (the input and what stands behind it), and the chat form around
    them.

    Attributes
    ----------
    corpus, encoder : str
        Names or ids.
    preset : str
        The embedding prompt.
    changes : dict
        Texts that differ from it, by the names of the method's parameters.
    side : str
        ``query`` or ``document``.
    pooling : str
        ``last``, ``mean`` or ``eos``; the usual way without one.
    layer : int
        0 for the first layer, -1 for the last.
    modality : str
        What is read of a row; the most natural without it.
    filter : str
        Which rows; see :mod:`embedding_lab.search.filters`.
    sample : int
        At most so many rows; 0 for all.
    seed : int
        For the sample and the intervals.
    """

    corpus: str
    encoder: str = "starter"
    preset: str = "hierarchical"
    changes: dict[str, str] = field(default_factory=dict)
    side: str = Role.QUERY.value
    pooling: str = ""
    layer: int = -1
    modality: str = ""
    filter: str = ""
    sample: int = 200
    seed: int = 0
    lane: ClassVar[Lane] = Lane.COMPUTE
    needs_writing: ClassVar[bool] = False

    @property
    def title(self) -> str:
        """What the job does, for the Jobs strip."""
        return f"Measuring the attention of {self.encoder} on {self.corpus}"

    def run(self, ctx: JobContext[Workspace]) -> dict[str, Any]:
        """Return the share of each part, and the same divided by its number of tokens."""
        prompt = EmbeddingPromptStore(ctx.workspace).get(self.preset, self.changes)
        role = side_of(self.side)
        corpus = ctx.workspace.corpus(self.corpus)
        record = EncoderStore(ctx.workspace).get(self.encoder)
        modality = choose_modality(corpus, record, self.modality)
        inputs = self._inputs(ctx, corpus, modality)
        states = inner_states(ctx, record)
        pooling = self.pooling or states.usual_pooling
        rendering = Rendering(prompt.turn(role, modality), pooling)
        options = EncodeOptions(role=role, modality=modality, rendering=rendering)
        shares, lengths = self._shares(ctx, states, options, inputs)
        return {
            "corpus": corpus.name,
            "encoder": record.name,
            "preset": self.preset,
            "changes": self.changes,
            "side": self.side,
            "modality": modality.value,
            "pooling": pooling,
            "layer": self.layer,
            "n_layers": states.n_states - 1,
            "n": len(shares),
            "parts": self._told(ctx, shares, lengths),
        }

    def _inputs(self, ctx: JobContext[Workspace], corpus: Corpus, modality: Modality) -> Inputs:
        if self.sample < 0:
            raise UsageError("A sample cannot be negative.", hint="0 stands for every row.")
        is_text = modality is Modality.TEXT
        rows = corpus.select("1 = 1" if is_text else "picture IS NOT NULL")
        if self.filter.strip():
            rows = rows[rows_that_fit(corpus, self.filter)[rows]]
        rows = drawn_rows(rows, self.sample or len(rows), self.seed)
        rows = readable(ctx, corpus, rows, modality)
        if len(rows) == 0:
            raise UsageError(f"No row of {corpus.name} fits.", hint="Choose other rows.")
        texts = [item.full_text for item in corpus.documents_at(rows)]
        return Inputs(modality, texts, corpus, rows)

    def _shares(
        self,
        ctx: JobContext[Workspace],
        states: InnerStates,
        options: EncodeOptions,
        inputs: Inputs,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return what each part of each row receives, and its number of tokens, (n, parts)."""
        shares = np.zeros((len(inputs), len(PARTS)))
        lengths = np.zeros((len(inputs), len(PARTS)))
        for at, item in inputs.each(ctx):
            ctx.progress(at, len(inputs), "Looking at what is looked at", unit="rows")
            parts = states.parts(item, options)
            batch = states.prepare_rendered([item], options)
            weights = states.attention(batch, options, self.layer)[0]
            if len(weights) != len(parts):
                raise EncoderError(
                    f"The tokens of {states.record.name} cannot be told apart by their part of "
                    "the prompt."
                )
            for number, part in enumerate(PARTS):
                is_in = np.array([own == part for own in parts], dtype=np.bool_)
                shares[at, number] = float(weights[is_in].sum())
                lengths[at, number] = int(is_in.sum())
        return shares, lengths

    def _told(
        self,
        ctx: JobContext[Workspace],
        shares: NDArray[np.float64],
        lengths: NDArray[np.float64],
    ) -> list[dict[str, Any]]:
        """Return the figures of the parts that there are; each with its 95 % interval."""
        each = np.divide(shares, lengths, out=np.zeros_like(shares), where=lengths > 0)
        ends = [
            bootstrap_intervals(values, seed=self.seed, check=ctx.check)
            for values in (shares, each)
        ]
        return [
            {
                "part": part,
                "tokens": float(lengths[:, number].mean()),
                "share": float(shares[:, number].mean()),
                "share_ci": ends[0][number].tolist(),
                "share_per_token": float(each[:, number].mean()),
                "share_per_token_ci": ends[1][number].tolist(),
            }
            for number, part in enumerate(PARTS)
            if lengths[:, number].any()
        ]
