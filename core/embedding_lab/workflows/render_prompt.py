"""Showing the prompt that an encoder reads, token by token."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from embedding_lab.embedding_prompts.store import EmbeddingPromptStore
from embedding_lab.encoders import pool
from embedding_lab.encoders.contract import EOS, LAST, MEAN, Rendering
from embedding_lab.encoders.plain_rendering import is_plain
from embedding_lab.encoders.prepared import on_engine
from embedding_lab.encoders.prompt_tokens import pooling_of
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.errors import EncoderError, UsageError
from embedding_lab.jobs.job import Job, Lane
from embedding_lab.types import Engine, Modality, Precision, Role
from embedding_lab.workspace.workspace import Workspace

if TYPE_CHECKING:
    from embedding_lab.encoders.prompt_tokens import PromptTokenizer
    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.jobs.context import JobContext


@runtime_checkable
class _Reads(Protocol):
    """An encoder on the full engine, which knows the tokens of its prompts."""

    @property
    def reader(self) -> _Reader: ...


class _Reader(Protocol):
    @property
    def tokenizer(self) -> PromptTokenizer: ...


@dataclass(frozen=True)
class RenderPrompt(Job[Workspace]):
    """Put an embedding prompt around a text and show its tokens, and which of them is pooled.

    Attributes
    ----------
    encoder : str
        Name or id.
    text : str
        The input.
    preset : str
        A name of :data:`~embedding_lab.embedding_prompts.presets.PRESETS`, or of a prompt saved in
        the workspace.
    changes : dict
        Texts that differ from the preset, by the names of the method's parameters.
    side : str
        ``query`` or ``document``.
    has_image : bool
        Show the prompt for an input with a picture; one token stands for it.
    pooling : str
        ``last``, ``mean`` or ``eos``; the usual way without one.
    """

    encoder: str
    text: str = ""
    preset: str = "hierarchical"
    changes: dict[str, str] = field(default_factory=dict)
    side: str = Role.QUERY.value
    has_image: bool = False
    pooling: str = ""
    lane: ClassVar[Lane] = Lane.INTERACTIVE
    is_recorded: ClassVar[bool] = False
    needs_writing: ClassVar[bool] = False

    @property
    def title(self) -> str:
        """What the job does, for the Jobs strip."""
        return f"Showing the prompt of {self.encoder}"

    def run(self, ctx: JobContext[Workspace]) -> dict[str, Any]:
        """Return the prompt, its tokens, which one is pooled, and what was cut."""
        prompt = EmbeddingPromptStore(ctx.workspace).get(self.preset, self.changes)
        modality = Modality.IMAGE_TEXT if self.has_image else Modality.TEXT
        rendering = Rendering(prompt.turn(side_of(self.side), modality), self.pooling)
        pooling = pooling_of(rendering)
        record = EncoderStore(ctx.workspace).get(self.encoder)
        tokenizer = _tokenizer(ctx, record)
        fitted = tokenizer.fitted(self.text, rendering, has_image=self.has_image)
        if not tokenizer.format.is_chat and is_plain(rendering):
            pooling = record.pooling
        at_the_end = pooling in {LAST, EOS, "lasttoken"}
        return {
            "encoder": record.name,
            "preset": self.preset,
            "side": self.side,
            "chat_form": tokenizer.format.name,
            "note": tokenizer.format.note,
            "system": rendering.turn.system,
            "suffix": rendering.turn.suffix,
            "rendered": fitted.text,
            "tokens": tokenizer.names(fitted.ids),
            "ids": fitted.ids,
            "parts": fitted.parts,
            "tail": fitted.tail,
            "n_tokens": len(fitted.ids),
            "pooling": pooling,
            "pooled_index": len(fitted.ids) - 1 if at_the_end else None,
            "pools_all": pooling == MEAN,
            "kept": fitted.content,
            "cut": self.text[len(self.text) - fitted.n_cut :] if fitted.n_cut else "",
        }


def side_of(name: str) -> Role:
    """Return the side of a search with this name.

    Raises
    ------
    UsageError
        If there is none.
    """
    if name not in set(Role):
        raise UsageError(f"There is no side {name}.", hint=f"Choose {' or '.join(Role)}.")
    return Role(name)


def _tokenizer(ctx: JobContext[Workspace], record: EncoderRecord) -> PromptTokenizer:
    full = on_engine(record, Engine.TORCH.value, Precision.FP32)
    encoder = pool.load(full, ctx.log)
    if not isinstance(encoder, _Reads):
        raise EncoderError(
            f"The encoder {record.name} does not tell the tokens of its prompts.",
            hint="Choose a transformer on the full engine.",
        )
    return encoder.reader.tokenizer
