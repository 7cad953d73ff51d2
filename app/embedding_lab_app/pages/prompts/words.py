"""Figures of prompt tests in words."""

from __future__ import annotations

from typing import Any

from embedding_lab_app.widgets.wording import p_value

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


def compared(record: dict[str, Any]) -> str:
    """Return a verdict, with the difference and its corrected p-value; empty without one."""
    if "verdict" not in record:
        return ""
    return f"{record['verdict']} ({record['difference']:+.3f}, p {p_value(record['p_value'])})"
