"""The encode loop: tokenize first, sort by real length, fill batches to a token budget.

Sorting by the number of tokens, not characters, leaves almost no padding to compute. The order of
texts and the budget decide which texts share a batch, but not their vectors (to 1e-5).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.encoders.contract import DEFAULT_OPTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from embedding_lab.encoders.contract import EncodeOptions, Encoder, TokenizedText

# One call into the tokenizer, short enough that nobody waits for it.
CHUNK = 256
# A window of very long texts closes before its tokens fill the memory.
WINDOW_TOKENS = 1_000_000


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

    ``token_budget`` is what one batch may hold, padding included; ``window`` is how many texts are
    sorted together.
    """

    token_budget: int = 1024
    window: int = 4096


DEFAULT_SETTINGS = LoopSettings()


def encode_rows(
    encoder: Encoder,
    rows_and_texts: Iterable[tuple[int, str]],
    options: EncodeOptions = DEFAULT_OPTIONS,
    *,
    settings: LoopSettings = DEFAULT_SETTINGS,
    check: Callable[[], None] = lambda: None,
) -> Iterator[EncodedBatch]:
    """Encode texts batch by batch, in an order that wastes little padding.

    Parameters
    ----------
    encoder : Encoder
        The loaded encoder.
    rows_and_texts : iterable of (int, str)
        Corpus rows and their texts; read one window ahead, never all at once.
    options : EncodeOptions
        Prompt, role and precision.
    settings : LoopSettings
        Token budget and window.
    check : callable
        Called between short stretches of work; may raise to stop.

    Yields
    ------
    EncodedBatch
        Every row exactly once.
    """
    for window in _windows(encoder, iter(rows_and_texts), options, settings.window, check):
        for part in _batches(window, settings.token_budget):
            check()
            started = time.perf_counter()
            items = [item for _, item in part]
            vectors = encoder.forward(items, options)
            yield EncodedBatch(
                rows=np.array([row for row, _ in part], dtype=np.int64),
                vectors=vectors,
                n_truncated=sum(item.is_truncated for item in items),
                n_tokens=sum(item.n_tokens for item in items),
                seconds=time.perf_counter() - started,
            )


def _windows(
    encoder: Encoder,
    source: Iterator[tuple[int, str]],
    options: EncodeOptions,
    n_texts: int,
    check: Callable[[], None],
) -> Iterator[list[tuple[int, TokenizedText]]]:
    window: list[tuple[int, TokenizedText]] = []
    n_tokens = 0
    while chunk := list(islice(source, min(CHUNK, n_texts - len(window)))):
        check()
        items = encoder.tokenize([text for _, text in chunk], options)
        window += zip((row for row, _ in chunk), items, strict=True)
        n_tokens += sum(item.n_tokens for item in items)
        if len(window) >= n_texts or n_tokens >= WINDOW_TOKENS:
            yield window
            window, n_tokens = [], 0
    if window:
        yield window


def _batches(
    window: list[tuple[int, TokenizedText]], token_budget: int
) -> Iterator[list[tuple[int, TokenizedText]]]:
    """Cut a window, longest text first, into batches whose padded size keeps to the budget."""
    ordered = sorted(window, key=lambda entry: (-entry[1].n_tokens, entry[0]))
    start = 0
    while start < len(ordered):
        width = max(1, ordered[start][1].n_tokens)
        size = max(1, token_budget // width)
        yield ordered[start : start + size]
        start += size
