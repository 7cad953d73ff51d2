"""Numbers and things in words, as they stand all over the window."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

VERDICT_KINDS = {"better": "success", "worse": "error"}


def count(number: int, noun: str, plural: str = "") -> str:
    """Return ``1 row`` or ``5,183 rows``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def size(n_bytes: int) -> str:
    """Return a number of bytes as people write it."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("KB", 1e3)):
        if n_bytes >= factor:
            return f"{n_bytes / factor:,.1f} {unit}"
    return f"{n_bytes:,} B"


def day(seconds: float) -> str:
    """Return a moment as date and time of day."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))


def listed(items: Sequence[str]) -> str:
    """Return ``a``, ``a and b`` or ``a, b and c``."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def interval(ends: Sequence[float], digits: int = 3) -> str:
    """Return the ends of an interval as people write them."""
    return f"[{ends[0]:.{digits}f}, {ends[1]:.{digits}f}]"


def p_value(value: float) -> str:
    """Return a p-value as people write it."""
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def verdict_kind(verdict: str) -> str:
    """Return which colour of the theme a verdict has."""
    return VERDICT_KINDS.get(verdict, "muted")
