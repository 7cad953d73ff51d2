"""A measured result on a card: a method against a baseline, with the command that repeats it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from embedding_lab.metrics.paired_tests import Difference
from embedding_lab.metrics.verdict import Verdict, verdict

if TYPE_CHECKING:
    from embedding_lab.registry.table import Table

# Scores and their difference are rounded apart from each other.
ROUNDING = 0.002


@dataclass(frozen=True)
class Result:
    """One comparison.

    Attributes
    ----------
    setting : str
        Data, encoder, and how much of both: ``AG News, 4 shots a class, all-MiniLM-L6-v2``.
    metric : str
        What was measured and its unit: ``accuracy, %``.
    against : str
        The baseline: ``all templates and descriptions``.
    baseline, method : float
        What either reached.
    difference : float
        By how much the method is better, negative if it is worse.
    interval : (float, float)
        The 95 % interval of the difference.
    p_value : float
        Of the paired test that the command names.
    n : int
        How many pairs were compared.
    verdict : Verdict
        ``better`` or ``worse`` only if interval and p-value both say so.
    command : str
        Prints these numbers again.
    """

    setting: str
    metric: str
    against: str
    baseline: float
    method: float
    difference: float
    interval: tuple[float, float]
    p_value: float
    n: int
    verdict: Verdict
    command: str

    @property
    def sentence(self) -> str:
        """The numbers in words: ``80.7 against 76.4: +4.3, 95 % interval 2.9 to 5.6, …``."""
        low, high = self.interval
        p_value = "p < 0.001" if self.p_value < 0.001 else f"p = {self.p_value:.3f}"
        return (
            f"{self.method:,} against {self.baseline:,} of {self.against}: "
            f"{self.difference:+,}, 95 % interval {low:+,} to {high:+,}, {p_value}, "
            f"n = {self.n:,}"
        )


def read_result(table: Table) -> Result:
    """Return a result from its table ``[[results]]``.

    Raises
    ------
    CardError
        If a key is missing, unknown or of the wrong type, or the numbers contradict each other.
    """
    result = Result(
        setting=table.text("setting"),
        metric=table.text("metric"),
        against=table.text("against"),
        baseline=table.number("baseline"),
        method=table.number("method"),
        difference=table.number("difference"),
        interval=table.interval("interval"),
        p_value=table.number("p_value"),
        n=table.whole("n"),
        verdict=Verdict(table.choice("verdict", [item.value for item in Verdict])),
        command=table.text("command"),
    )
    table.done()
    low, high = result.interval
    if not low <= result.difference <= high:
        raise table.error("interval", "does not hold the difference")
    gap = abs(result.method - result.baseline)
    allowed = ROUNDING * max(abs(result.method), abs(result.baseline))
    if not math.isclose(abs(result.difference), gap, rel_tol=0.1, abs_tol=allowed):
        raise table.error("difference", "is not that of method and baseline")
    if not 0 <= result.p_value <= 1:
        raise table.error("p_value", "must be from 0 to 1")
    if result.n < 1:
        raise table.error("n", "must be at least 1")
    said = verdict(Difference(result.difference, result.interval, result.p_value))
    if result.verdict is not said:
        raise table.error("verdict", f"must be “{said}”, which is what interval and p-value say")
    return result
