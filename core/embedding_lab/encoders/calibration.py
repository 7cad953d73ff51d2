"""How long encoding many rows will take, from encoding a few batches of them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.backends import engine_turns
from embedding_lab.encoders.picture_budget import PictureBudget
from embedding_lab.encoders.token_budget import TokenBudget
from embedding_lab.types import Modality

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from embedding_lab.encoders.contract import EncodeOptions, Encoder, Prepared

MOST_SECONDS = 3.0
# Writing a batch and telling of it.
COMMIT_SECONDS = 0.001


@dataclass(frozen=True)
class Calibration:
    """What encoding all of the given inputs would take, and how many of them were encoded."""

    seconds: float
    n_encoded: int


def calibrate(
    encoder: Encoder,
    items: Sequence[Prepared],
    options: EncodeOptions,
    token_budget: int,
    on_batch: Callable[[float], None] = lambda _: None,
) -> Calibration:
    """Return how long encoding ``items`` takes, from encoding some of their batches.

    The batches are those that embedding makes, sorted by length, since what a row costs depends on
    the rows it shares a batch with. Those encoded lie evenly between the longest and the shortest;
    between them, seconds a token are interpolated. Pictures are encoded in batches that grow as
    those of embedding do; the later half of them tells the rate. Turns that others had are not
    counted.

    Parameters
    ----------
    encoder : Encoder
        The loaded encoder.
    items : sequence of TokenizedText or of PreparedPicture
        At least one; of one kind.
    options : EncodeOptions
        Prompt, role, precision and modality.
    token_budget : int
        What one batch of texts may hold, and the first of pictures.
    on_batch : callable
        Told the seconds of compute so far; may raise to stop.
    """
    if options.modality is not Modality.TEXT:
        budget = PictureBudget(token_budget, lambda _: None)
        return _calibrate_pictures(encoder, items, options, budget, on_batch)
    batches = batches_of(items, token_budget)
    # The last one is not full, and little in it: it warms the engine up, and stands for no other.
    n_full = max(1, len(batches) - 1)
    warm_up = _seconds(encoder, batches[-1], options)
    on_batch(warm_up)
    found: dict[int, float] = {}
    if n_full == 1 and warm_up > MOST_SECONDS / 2:
        found[0] = warm_up / _width(batches[-1]) * _width(batches[0])
    for number in spread(n_full):
        if warm_up + sum(found.values()) > MOST_SECONDS and found:
            break
        found[number] = _seconds(encoder, batches[number], options)
        on_batch(warm_up + sum(found.values()))
    measured = sorted(found)
    sizes = np.array([_width(batch) for batch in batches], dtype=np.float64)
    rates = [found[number] / sizes[number] for number in measured]
    all_rates = np.interp(np.arange(len(batches)), measured, rates)
    total = float(np.sum(all_rates * sizes)) + COMMIT_SECONDS * len(batches)
    return Calibration(total, sum(len(batches[number]) for number in measured))


def _calibrate_pictures(
    encoder: Encoder,
    items: Sequence[Prepared],
    options: EncodeOptions,
    budget: PictureBudget,
    on_batch: Callable[[float], None],
) -> Calibration:
    waiting = sorted(items, key=lambda item: -item.n_tokens)
    n_tokens = sum(max(1, item.n_tokens) for item in waiting)
    spent = 0.0
    rates: list[tuple[int, float]] = []
    done = 0
    while done < len(waiting) and spent <= MOST_SECONDS:
        batch = waiting[done : done + budget.n_rows(waiting[done].n_tokens)]
        seconds = _seconds(encoder, batch, options)
        budget.learn(batch, seconds)
        rates.append((_width(batch), seconds))
        done, spent = done + len(batch), spent + seconds
        on_batch(spent)
    later = rates[len(rates) // 2 :]
    rate = sum(width for width, _ in later) / sum(seconds for _, seconds in later)
    return Calibration(n_tokens / rate, done)


def batches_of(items: Sequence[Prepared], token_budget: int) -> list[list[Prepared]]:
    """Return the batches that embedding makes of inputs, the longest first."""
    budget = TokenBudget(token_budget, lambda _: None)
    waiting = sorted(items, key=lambda item: -item.n_tokens)
    batches = []
    first = 0
    while first < len(waiting):
        size = budget.n_rows(waiting[first].n_tokens)
        batches.append(waiting[first : first + size])
        first += size
    return batches


def spread(n: int) -> list[int]:
    """Return the numbers below ``n``, those that lie far from the ones before first."""
    order = dict.fromkeys([(n - 1) // 2, 0, n - 1])
    parts = 4
    while parts < 2 * n:
        order |= dict.fromkeys(number * (n - 1) // parts for number in range(1, parts, 2))
        parts *= 2
    return list(order | dict.fromkeys(range(n)))


def _width(batch: Sequence[Prepared]) -> int:
    """Return the tokens a batch holds, padding included; no engine computes fewer than one."""
    return len(batch) * max([1, *(item.n_tokens for item in batch)])


def _seconds(encoder: Encoder, batch: Sequence[Prepared], options: EncodeOptions) -> float:
    waited, started = engine_turns.seconds_waited, time.perf_counter()
    encoder.forward(batch, options, is_interactive=True)
    return time.perf_counter() - started - (engine_turns.seconds_waited - waited)
