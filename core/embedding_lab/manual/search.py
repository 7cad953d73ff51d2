"""Search over the whole manual: sections ranked by how well they fit what was typed."""

from __future__ import annotations

import difflib
import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from embedding_lab.manual.page import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from embedding_lab.manual.page import ManualPage, Section

WORD = re.compile(r"[^\W_]+")
# What a word counts for in the page's title, where the page begins and further down, and in the
# section's own heading; in the text it counts for less than one, however often it stands there.
TITLE, TITLE_ABOVE, HEADING = 4.0, 1.5, 4.0
PHRASE, SAME = 4.0, 20.0
# A word that only begins as the typed one does, and one that the typed one begins with.
BEGINS, SHORTER = 0.6, 0.3
LEAST_STEM = 4
SNIPPET, BEFORE = 110, 16
MOST_FOUND = 40
# Of a page that somebody pastes, so many words count.
MOST_WORDS = 12


@dataclass(frozen=True)
class Found:
    """A section that fits.

    Attributes
    ----------
    page, slug : str
        Where it is.
    title : str
        Its page's title, and its own heading where that is another.
    snippet : str
        A piece of its text around the first word that fits.
    score : float
        How well it fits; higher is better.
    """

    page: str
    slug: str
    title: str
    snippet: str
    score: float


@dataclass(frozen=True)
class _Entry:
    page: ManualPage
    section: Section
    plain: str
    weights: dict[str, float]


class ManualIndex:
    """Every section of these pages, ready to be searched."""

    def __init__(self, pages: Iterable[ManualPage]) -> None:
        self._entries = [_entry(page, section) for page in pages for section in page.sections]
        counts = Counter(word for entry in self._entries for word in entry.weights)
        n = len(self._entries)
        self._rarity = {word: math.log(1 + n / count) for word, count in counts.items()}

    def find(self, typed: str) -> list[Found]:
        """Return the sections that hold every word, the best first; any word where none does."""
        wanted = words(typed)[:MOST_WORDS]
        fits = [self._fitting(word) for word in wanted]
        scored = [(entry, [_score(entry, values) for values in fits]) for entry in self._entries]
        fitting = [pair for pair in scored if all(pair[1])] if wanted else []
        if not fitting:
            fitting = [pair for pair in scored if any(pair[1])]
        found = [self._found(entry, sum(scores), typed, wanted) for entry, scores in fitting]
        return sorted(found, key=lambda item: -item.score)[:MOST_FOUND]

    def suggestion(self, typed: str) -> str:
        """Return what may have been meant, every unknown word replaced; empty for no idea."""
        known = [word for word in self._rarity if len(word) > 2]
        meant, changed = [], False
        for word in words(typed)[:MOST_WORDS]:
            if any(other.startswith(word) for other in known):
                meant.append(word)
                continue
            near = difflib.get_close_matches(word, known, n=1, cutoff=0.72)
            meant.append(near[0] if near else word)
            changed |= bool(near)
        return " ".join(meant) if changed else ""

    def _fitting(self, wanted: str) -> dict[str, float]:
        """Return the words of the manual that fit a typed one, with what each is worth."""
        values = {word: _nearness(word, wanted) * rare for word, rare in self._rarity.items()}
        return {word: value for word, value in values.items() if value}

    def _found(self, entry: _Entry, score: float, typed: str, wanted: Sequence[str]) -> Found:
        phrase = typed.casefold().strip()
        heading, title = entry.section.heading, entry.page.title
        if heading.casefold() == phrase:
            score += SAME
        elif len(wanted) > 1 and phrase in f"{heading} {entry.plain}".casefold():
            score += PHRASE
        return Found(
            entry.page.name,
            entry.section.slug,
            title if heading == title else f"{title} ▸ {heading}",
            _snippet(entry.plain, phrase, wanted),
            score,
        )


def words(text: str) -> list[str]:
    """Return the words of a text in small letters, in order, each once."""
    return list(dict.fromkeys(WORD.findall(text.casefold())))


def _score(entry: _Entry, values: dict[str, float]) -> float:
    found = (value * entry.weights[word] for word, value in values.items() if word in entry.weights)
    return max(found, default=0.0)


def _nearness(word: str, wanted: str) -> float:
    if word == wanted:
        return 1.0
    if word.startswith(wanted):
        return BEGINS
    return SHORTER if len(word) >= LEAST_STEM and wanted.startswith(word) else 0.0


def _entry(page: ManualPage, section: Section) -> _Entry:
    text = plain(section.text)
    counts = Counter(WORD.findall(text.casefold()))
    weights = {word: n / (n + 1) for word, n in counts.items()}
    above = TITLE if section is page.sections[0] else TITLE_ABOVE
    for heading, weight in ((page.title, above), (section.heading, HEADING)):
        for word in words(heading):
            weights[word] = weights.get(word, 0.0) + weight
    return _Entry(page, section, text, weights)


def _snippet(text: str, phrase: str, wanted: Sequence[str]) -> str:
    folded = text.casefold()
    places = [folded.find(phrase)] if phrase in folded else []
    places += [match.start() for word in wanted if (match := _begin(word).search(folded))]
    at = places[0] if places else 0
    start = max(0, at - BEFORE)
    if start:
        start = text.find(" ", start, at) + 1 or start
    piece = text[start : start + SNIPPET]
    if start + SNIPPET < len(text):
        piece = f"{piece.rsplit(' ', 1)[0]}…"
    return f"…{piece}" if start else piece


def _begin(word: str) -> re.Pattern[str]:
    return re.compile(rf"\b{re.escape(word)}")
