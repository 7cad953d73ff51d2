"""Numbers and things in words, as they stand all over the window."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


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
