"""Which parts of a text to mark for a query, and which part of a long text to show."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache

# An encoder reads the first few hundred tokens of a text; what lies far behind was not compared.
SCANNED = 12_000
SNIPPET = 240
LEAD_IN = 40
MOST_WORDS = 32
SUFFIXES = ("ings", "ing", "ies", "es", "ed", "s", "e", "y")
SHORTEST_STEM = 3
SMALL_WORDS = re.compile(
    "a|an|and|are|as|at|be|but|by|can|do|does|for|from|has|have|how|i|in|is|it|its|not|of|on|or|"
    "that|the|their|there|these|this|to|was|were|what|when|where|which|who|why|will|with"
)
# Scripts that write no spaces between words: pairs of letters stand for words there.
UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")
WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Highlight:
    """What to show of a text: the part from ``start`` to ``stop``, and the spans to mark.

    All positions count characters from the beginning of the whole text.
    """

    start: int
    stop: int
    spans: tuple[tuple[int, int], ...]


def highlight(text: str, query: str, width: int = SNIPPET) -> Highlight:
    """Find the query's words in a text and the part of it that holds most of them.

    Words match in any case and with common English endings; very common words count only if the
    query has no other. A search by meaning finds texts without any of its words: then nothing is
    marked and the part is the text's beginning.

    Parameters
    ----------
    text : str
        The text; its first 12,000 characters are looked at.
    query : str
        What was searched for.
    width : int, default 240
        The longest part to show.
    """
    matches = _matches(text, query)
    start, stop = _window(text, matches, width)
    spans = tuple((first, last) for first, last, _ in matches if start <= first and last <= stop)
    return Highlight(start, stop, spans)


def _matches(text: str, query: str) -> list[tuple[int, int, int]]:
    """Return (start, stop, number of the query's word) for every match."""
    pattern = _pattern(query)
    if pattern is None:
        return []
    return [
        (match.start(), match.end(), match.lastindex or 0)
        for match in pattern.finditer(text, 0, SCANNED)
    ]


@lru_cache(maxsize=64)
def _pattern(query: str) -> re.Pattern[str] | None:
    parts = {f"({re.escape(pair)})": None for pair in _letter_pairs(query)}
    words = [word.lower() for word in WORD.findall(UNSPACED.sub(" ", query))]
    telling = [word for word in words if not SMALL_WORDS.fullmatch(word)] or words
    # Longer stems first: of two that fit, the one that says more is marked.
    for stem in sorted({_stem(word) for word in telling}, key=lambda stem: (-len(stem), stem)):
        parts[rf"\b({re.escape(stem)}(?:{_endings(stem)})?)\b"] = None
    if not parts:
        return None
    return re.compile("|".join(list(parts)[:MOST_WORDS]), re.IGNORECASE)


def _letter_pairs(query: str) -> list[str]:
    runs = UNSPACED.findall(query)
    return [run[at : at + 2] for run in runs for at in range(max(1, len(run) - 1))]


def _endings(stem: str) -> str:
    """Return the endings a stem may carry; names with digits and short words carry none."""
    if len(stem) < SHORTEST_STEM or not stem.isalpha():
        return "s"
    # "run" also stands in "running", whose last letter doubles.
    return rf"{re.escape(stem[-1])}?(?:{'|'.join(SUFFIXES)})"


def _stem(word: str) -> str:
    if not word.isascii() or not word.isalpha():
        return word
    for suffix in SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= SHORTEST_STEM:
            stem = word.removesuffix(suffix)
            is_doubled = suffix in {"ing", "ed"} and len(stem) > SHORTEST_STEM
            return stem[:-1] if is_doubled and stem[-1] == stem[-2] and stem[-1] != "s" else stem
    return word


def _window(text: str, matches: list[tuple[int, int, int]], width: int) -> tuple[int, int]:
    if len(text) <= width:
        return 0, len(text)
    start = _best_start(matches, width)
    start = 0 if start <= LEAD_IN else _after_space(text, start - LEAD_IN, start)
    stop = min(len(text), start + width)
    if stop < len(text):
        space = text.rfind(" ", start + width // 2, stop)
        stop = space if space > 0 else stop
    return start, stop


def _best_start(matches: list[tuple[int, int, int]], width: int) -> int:
    """Return where the window with the most different words begins; the earliest of equals."""
    if not matches:
        return 0
    starts = [first for first, _, _ in matches]
    best, best_score = 0, (0, 0)
    for i, first in enumerate(starts):
        last = bisect_left(starts, first + width - 2 * LEAD_IN)
        score = (len({word for _, _, word in matches[i:last]}), last - i)
        if score > best_score:
            best, best_score = first, score
    return best


def _after_space(text: str, start: int, limit: int) -> int:
    space = text.find(" ", start, limit)
    return space + 1 if space >= 0 else start
