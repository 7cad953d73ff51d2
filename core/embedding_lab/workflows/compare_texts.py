"""Trying an encoder on two texts."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from embedding_lab.encoders import pool
from embedding_lab.encoders.contract import EncodeOptions
from embedding_lab.encoders.prompts import resolve_prompt
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.jobs.job import Job, Lane
from embedding_lab.workspace.workspace import Workspace

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedding_lab.encoders.contract import Encoder
    from embedding_lab.jobs.context import JobContext


@dataclass(frozen=True)
class CompareTexts(Job[Workspace]):
    """Encode two texts and return the cosine of their vectors.

    Attributes
    ----------
    encoder : str
        Name or id.
    first, second : str
        The texts; an empty one is encoded like any other.
    first_prompt_name, second_prompt_name : str
        Which of the encoder's prompts is put before each; empty for its default prompt.
    """

    encoder: str
    first: str
    second: str
    first_prompt_name: str = ""
    second_prompt_name: str = ""
    lane: ClassVar[Lane] = Lane.INTERACTIVE
    is_recorded: ClassVar[bool] = False
    needs_writing: ClassVar[bool] = False

    @property
    def title(self) -> str:
        """What the job does, for the Jobs strip."""
        return f"Trying {self.encoder}"

    def run(self, ctx: JobContext[Workspace]) -> dict[str, Any]:
        """Load the encoder if need be, encode both texts, compare them."""
        record = EncoderStore(ctx.workspace).get(self.encoder)
        prompts = [
            resolve_prompt(record, prompt_name=name)
            for name in (self.first_prompt_name, self.second_prompt_name)
        ]
        encoder = pool.load(record, ctx.log)
        ctx.check()
        started = time.perf_counter()
        first, first_facts = _encode(encoder, self.first, prompts[0])
        second, second_facts = _encode(encoder, self.second, prompts[1])
        return {
            "encoder": record.name,
            "cosine": float(np.clip(first @ second, -1.0, 1.0)),
            "texts": [first_facts, second_facts],
            "max_length": encoder.max_length,
            "encode_ms": round((time.perf_counter() - started) * 1e3, 2),
        }


def _encode(encoder: Encoder, text: str, prompt: str) -> tuple[NDArray[np.float32], dict[str, Any]]:
    options = EncodeOptions(prompt=prompt)
    tokenized = encoder.tokenize([text], options)
    vector = encoder.forward(tokenized, options, is_interactive=True)[0]
    cut = tokenized[0]
    return vector, {"tokens": cut.n_tokens, "truncated": cut.is_truncated, "prompt": prompt}
