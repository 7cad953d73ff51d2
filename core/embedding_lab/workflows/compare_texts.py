"""Trying an encoder on two texts, two pictures, or one of each."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from embedding_lab.encoders import pool
from embedding_lab.encoders.contract import EncodeOptions
from embedding_lab.encoders.prepare import prepare
from embedding_lab.encoders.prompts import resolve_prompt
from embedding_lab.encoders.query_picture import read_query_picture
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.jobs.job import Job, Lane
from embedding_lab.search.exact import open_index
from embedding_lab.types import Modality
from embedding_lab.workflows.search_corpus import embedded
from embedding_lab.workspace.workspace import Workspace

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedding_lab.encoders.contract import Encoder, Prepared
    from embedding_lab.jobs.context import JobContext


@dataclass(frozen=True)
class CompareTexts(Job[Workspace]):
    """Encode two texts or pictures and return the cosine of their vectors.

    Attributes
    ----------
    encoder : str
        Name or id.
    first, second : str
        The texts; an empty one is encoded like any other.
    first_prompt_name, second_prompt_name : str
        Which of the encoder's prompts is put before each; empty for its default prompt.
    first_image, second_image : str
        Files of pictures, which take the texts' places.
    among : str
        A corpus the encoder has embedded: how many of its rows are nearer to the first than the
        second is, is told as the second's rank.
    """

    encoder: str
    first: str = ""
    second: str = ""
    first_prompt_name: str = ""
    second_prompt_name: str = ""
    first_image: str = ""
    second_image: str = ""
    among: str = ""
    lane: ClassVar[Lane] = Lane.INTERACTIVE
    is_recorded: ClassVar[bool] = False
    needs_writing: ClassVar[bool] = False

    @property
    def title(self) -> str:
        """What the job does, for the Jobs strip."""
        return f"Trying {self.encoder}"

    def run(self, ctx: JobContext[Workspace]) -> dict[str, Any]:
        """Load the encoder if need be, encode both, compare them."""
        record = EncoderStore(ctx.workspace).get(self.encoder)
        prompts = [
            resolve_prompt(record, prompt_name=name)
            for name in (self.first_prompt_name, self.second_prompt_name)
        ]
        # What is wrong with a picture is told before the encoder is loaded.
        pictures = [
            read_query_picture(Path(path)) if path else None
            for path in (self.first_image, self.second_image)
        ]
        encoder = pool.load(record, ctx.log)
        ctx.check()
        started = time.perf_counter()
        first, second = (
            _prepare(encoder, picture or text, prompt)
            for picture, text, prompt in zip(
                pictures, (self.first, self.second), prompts, strict=True
            )
        )
        vectors = [_encode(encoder, *item) for item in (first, second)]
        seconds = time.perf_counter() - started
        cosine = float(np.clip(vectors[0] @ vectors[1], -1.0, 1.0))
        result = {
            "encoder": record.name,
            "cosine": cosine,
            "texts": [
                _facts(prepared, prompt)
                for (prepared, _), prompt in zip((first, second), prompts, strict=True)
            ],
            "max_length": encoder.max_length,
            "encode_ms": round(seconds * 1e3, 2),
        }
        return result | (self._rank(ctx, vectors[0], cosine) if self.among else {})

    def _rank(
        self, ctx: JobContext[Workspace], vector: NDArray[np.float32], cosine: float
    ) -> dict[str, Any]:
        """Return the second's place among a corpus's rows, by their nearness to the first."""
        corpus = ctx.workspace.corpus(self.among)
        vector_set, _ = embedded(ctx.workspace, corpus, self.encoder, embedding_prompt="")
        index = open_index(vector_set)
        scores = index.vectors @ vector
        return {
            "among": corpus.name,
            "n_among": len(index),
            # Rounding alone must not put a row that is the second itself before it.
            "rank": 1 + int(np.count_nonzero(scores > cosine + 1e-6)),
        }


def _prepare(encoder: Encoder, asked: Any, prompt: str) -> tuple[Prepared, EncodeOptions]:
    modality = Modality.TEXT if isinstance(asked, str) else Modality.IMAGE
    options = EncodeOptions(prompt=prompt if modality is Modality.TEXT else "", modality=modality)
    return prepare(encoder, [asked], options)[0], options


def _encode(encoder: Encoder, prepared: Prepared, options: EncodeOptions) -> NDArray[np.float32]:
    vector: NDArray[np.float32] = encoder.forward([prepared], options, is_interactive=True)[0]
    return vector


def _facts(prepared: Prepared, prompt: str) -> dict[str, Any]:
    return {"tokens": prepared.n_tokens, "truncated": prepared.is_truncated, "prompt": prompt}
