"""The learning rate of every step."""

from __future__ import annotations

import math

from embedding_lab.training.settings import Schedule


def rate_factor(schedule: str, step: int, total: int, warmup: float) -> float:
    """Return which part of the highest learning rate a step takes.

    Rises in a straight line over the warm-up, so that the last step of it takes the whole; falls
    from there to 0 behind the last step, in a line or as half a cosine, or stays.

    Parameters
    ----------
    schedule : str
        A :class:`Schedule`.
    step : int
        From 0.
    total : int
        How many steps there are.
    warmup : float
        Share of them that rises.
    """
    n_rising = round(warmup * total)
    if step < n_rising:
        return (step + 1) / n_rising
    if schedule == Schedule.CONSTANT:
        return 1.0
    done = (step - n_rising) / max(1, total - n_rising)
    if schedule == Schedule.COSINE:
        return 0.5 * (1 + math.cos(math.pi * done))
    return max(0.0, 1 - done)
