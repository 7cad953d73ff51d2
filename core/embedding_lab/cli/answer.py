"""What a command answers: one JSON object for programs, some lines for a person."""

from __future__ import annotations

import shutil
import time
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Answer:
    """``value`` is printed with ``--json``, ``text`` without; ``status`` is the exit status."""

    value: dict[str, Any]
    text: str
    status: int = 0


def table(headers: Sequence[str], rows: Sequence[Sequence[Any]], nothing: str) -> str:
    """Return aligned columns; numbers stand right-aligned, the last column ends at the screen.

    Parameters
    ----------
    headers : sequence of str
        Titles of the columns.
    rows : sequence of sequences
        Cells: text, numbers, or ``None`` for nothing.
    nothing : str
        What to say if there are no rows.
    """
    if not rows:
        return nothing
    cells = [[_cell(value) for value in row] for row in rows]
    is_number = [
        all(isinstance(row[i], int | float | None) for row in rows) for i in range(len(headers))
    ]
    widths = [max(_width(line[i]) for line in [list(headers), *cells]) for i in range(len(headers))]
    screen = shutil.get_terminal_size((100, 24)).columns
    lines = []
    for line in [list(headers), *cells]:
        padded = [
            _pad(text, width, to_the_right=right)
            for text, width, right in zip(line, widths, is_number, strict=True)
        ]
        lines.append(shorten("  ".join(padded).rstrip(), max(screen, 60)))
    return "\n".join(lines)


def details(values: dict[str, Any]) -> str:
    """Return one ``name  value`` line for each entry, leaving out the empty ones."""
    shown = {name: _cell(value) for name, value in values.items() if value not in ("", None)}
    width = max((_width(name) for name in shown), default=0)
    return "\n".join(f"{_pad(name, width)}  {value}" for name, value in shown.items())


def count(n: int, noun: str, plural: str = "") -> str:
    """Return ``1 row``, ``5,183 rows``, ``2 corpora``."""
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def moment(seconds: float) -> str:
    """Return a time as ``2026-03-01 14:05``, where the user is."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))


def megabytes(n_bytes: int) -> str:
    """Return a size as ``12.3 MB``."""
    return f"{n_bytes / 1e6:,.1f} MB"


def one_line(text: str) -> str:
    """Return text without line breaks and without characters that steer a terminal."""
    joined = " ".join(text.split())
    return "".join(" " if unicodedata.category(letter) == "Cc" else letter for letter in joined)


def shorten(text: str, width: int) -> str:
    """Return the text cut to a width on the screen, marked where it was cut."""
    if _width(text) <= width:
        return text
    while _width(text) >= width:
        text = text[: len(text) - max(1, (_width(text) - width) // 2)]
    return text.rstrip() + "…"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.4f}" if isinstance(value, float) else one_line(str(value))


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(letter) else 1 + (unicodedata.east_asian_width(letter) in "WF")
        for letter in text
    )


def _pad(text: str, width: int, *, to_the_right: bool = False) -> str:
    space = " " * (width - _width(text))
    return space + text if to_the_right else text + space
