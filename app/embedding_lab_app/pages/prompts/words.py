"""Figures of prompt tests in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

KINDS = {"better": "success", "worse": "error"}
MODES = {
    "mean": "Mean of all",
    "vote": "Vote",
    "calibrated": "Mean, calibrated",
    "examples": "Examples alone",
    "mixed": "Words and examples",
}
WAYS = {
    "plain": "Softmax as it is",
    "plain_temperature": "With a fitted temperature",
    "pool": "Less the pool's mean",
    "pool_temperature": "Less the pool's mean, with a temperature",
}

SHORT_WAYS = {
    "plain": "As it is",
    "plain_temperature": "Temperature",
    "pool": "Less the pool",
    "pool_temperature": "Both",
}


def interval(ends: Sequence[float], digits: int = 3) -> str:
    """Return the ends of an interval as people write them."""
    return f"[{ends[0]:.{digits}f}, {ends[1]:.{digits}f}]"


def compared(record: dict[str, Any]) -> str:
    """Return a verdict, with the difference and its corrected p-value; empty without one."""
    if "verdict" not in record:
        return ""
    return f"{record['verdict']} ({record['difference']:+.3f}, p {p_value(record['p_value'])})"


def p_value(value: float) -> str:
    """Return a p-value as people write it."""
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def verdict_kind(verdict: str) -> str:
    """Return which colour of the theme a verdict has."""
    return KINDS.get(verdict, "muted")
