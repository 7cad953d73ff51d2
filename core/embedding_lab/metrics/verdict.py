"""What a comparison shows, in one word, and how several comparisons are told together."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedding_lab.metrics.paired_tests import Difference


class Verdict(StrEnum):
    """What a comparison of a second system with a first one shows."""

    BETTER = "better"
    NO_DIFFERENCE = "no difference shown"
    WORSE = "worse"


def verdict(difference: Difference, p_value: float | None = None, alpha: float = 0.05) -> Verdict:
    """Return whether the second system is better or worse, if interval and test both say so.

    Parameters
    ----------
    difference : Difference
        Second minus first, where more is better.
    p_value : float, optional
        Instead of the difference's own, such as one corrected by :func:`holm`.
    alpha : float, default 0.05
        The largest p-value that counts.
    """
    p = difference.p_value if p_value is None else p_value
    low, high = difference.interval
    if p >= alpha or low <= 0 <= high:
        return Verdict.NO_DIFFERENCE
    return Verdict.BETTER if difference.value > 0 else Verdict.WORSE


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected for being several; below alpha, the family errs with alpha.

    References
    ----------
    S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
    Statistics 6 (1979).
    """
    values = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    stepped = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1))
    corrected = np.empty(len(values))
    corrected[order] = np.minimum(stepped, 1.0)
    return [float(p) for p in corrected]
