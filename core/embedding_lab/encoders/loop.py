"""The encode loop: tokenize first, sort by real length, fill batches to a budget.

Sorting by the number of tokens, not characters, leaves almost no padding to compute. The order of
rows and the budget decide which rows share a batch, but not their vectors (to 1e-5). Batches of
texts keep to a number of tokens; those of pictures grow while that makes them faster.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.backends import engine_turns
from embedding_lab.encoders.contract import DEFAULT_OPTIONS
from embedding_lab.encoders.picture_budget import FIRST_PICTURES, MOST_PICTURES, PictureBudget
from embedding_lab.encoders.prepare import prepare
from embedding_lab.encoders.token_budget import TokenBudget
from embedding_lab.types import Modality

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from embedding_lab.encoders.contract import EncodeOptions, Encoder, Input, Prepared

# One call into the tokenizer, short enough that nobody waits for it.
CHUNK = 256
# A window of very long texts closes before its tokens fill the memory.
WINDOW_TOKENS = 1_000_000
PICTURE_CHUNK = 8


@dataclass(frozen=True)
class EncodedBatch:
    """The vectors of one batch, shape (b, d), and the corpus rows they belong to, shape (b,)."""

    rows: NDArray[np.int64]
    vectors: NDArray[np.float32]
    n_truncated: int
    n_tokens: int
    seconds: float


@dataclass(frozen=True)
class LoopSettings:
    """How much is done at once.

    ``token_budget`` is what one batch of texts may hold, padding included; ``window`` is how many
    inputs are sorted together. The first batch of pictures keeps to the same budget and
    to ``first_pictures``, every later one to ``most_pictures``.
    """

    token_budget: int = 1024
    window: int = 4096
    first_pictures: int = FIRST_PICTURES
    most_pictures: int = MOST_PICTURES

    def budget(self, modality: Modality, say: Callable[[str], None]) -> TokenBudget:
        """Return what decides how much a batch holds; ``say`` is told when it shrinks."""
        if modality is Modality.TEXT:
            return TokenBudget(self.token_budget, say)
        return PictureBudget(
            self.token_budget, say, first=self.first_pictures, most=self.most_pictures
        )


DEFAULT_SETTINGS = LoopSettings()


def encode_rows(
    encoder: Encoder,
    rows_and_inputs: Iterable[tuple[int, Input]],
    options: EncodeOptions = DEFAULT_OPTIONS,
    *,
    settings: LoopSettings = DEFAULT_SETTINGS,
    check: Callable[[], None] = lambda: None,
    say: Callable[[str], None] = lambda _: None,
) -> Iterator[EncodedBatch]:
    """Encode texts or pictures batch by batch, in an order that wastes little padding.

    A batch the memory does not suffice for is halved, and so is every later one.

    Parameters
    ----------
    encoder : Encoder
        The loaded encoder.
    rows_and_inputs : iterable of (int, str or Picture)
        Corpus rows and what is encoded of them; read one window ahead, never all at once.
    options : EncodeOptions
        Prompt, role, precision and modality.
    settings : LoopSettings
        Token budget and window.
    check : callable
        Called between short stretches of work; may raise to stop.
    say : callable
        Told when batches had to be made smaller.

    Yields
    ------
    EncodedBatch
        Every row exactly once.

    Raises
    ------
    EncoderError
        If the memory does not suffice for a single row.
    """
    budget = settings.budget(options.modality, say)
    for window in _windows(encoder, iter(rows_and_inputs), options, settings.window, check):
        waiting = sorted(window, key=lambda entry: (-entry[1].n_tokens, entry[0]))
        while waiting:
            check()
            size = budget.n_rows(waiting[0][1].n_tokens)
            part = waiting[:size]
            waited, started = engine_turns.seconds_waited, time.perf_counter()
            items = [item for _, item in part]
            try:
                vectors = encoder.forward(items, options)
            except (MemoryError, RuntimeError) as error:
                budget.halve(items, error)
                continue
            seconds = time.perf_counter() - started
            # Turns that a person's questions had say nothing about the batch.
            budget.learn(items, seconds - (engine_turns.seconds_waited - waited))
            del waiting[:size]
            yield EncodedBatch(
                rows=np.array([row for row, _ in part], dtype=np.int64),
                vectors=vectors,
                n_truncated=sum(item.is_truncated for item in items),
                n_tokens=sum(item.n_tokens for item in items),
                seconds=seconds,
            )


def _windows(
    encoder: Encoder,
    source: Iterator[tuple[int, Input]],
    options: EncodeOptions,
    n_rows: int,
    check: Callable[[], None],
) -> Iterator[list[tuple[int, Prepared]]]:
    is_text = options.modality is Modality.TEXT
    most, chunk_size = (n_rows, CHUNK) if is_text else (min(n_rows, MOST_PICTURES), PICTURE_CHUNK)
    window: list[tuple[int, Prepared]] = []
    n_tokens = 0
    while chunk := list(islice(source, min(chunk_size, most - len(window)))):
        check()
        items = prepare(encoder, [item for _, item in chunk], options)
        window += zip((row for row, _ in chunk), items, strict=True)
        n_tokens += sum(item.n_tokens for item in items)
        if len(window) >= most or n_tokens >= WINDOW_TOKENS:
            yield window
            window, n_tokens = [], 0
    if window:
        yield window
