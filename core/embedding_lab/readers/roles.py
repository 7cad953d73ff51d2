"""Guessing what columns mean, by their names first and by their content where names say nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from embedding_lab.types import ColumnRole

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

# The order within an entry is the order of preference.
NAMES: dict[ColumnRole, tuple[str, ...]] = {
    ColumnRole.TEXT: (
        "text", "sentence", "content", "contents", "body", "abstract", "document", "doc", "passage",
        "description", "review", "comment", "message", "tweet", "utterance", "paragraph", "article",
        "post", "snippet", "caption", "definition", "claim", "premise", "sentence1", "sentence_1",
        "text1", "text_1", "summary", "transcript", "answer",
    ),
    ColumnRole.ID: (
        "_id", "id", "doc_id", "docid", "document_id", "passage_id", "pid", "uid", "uuid", "guid",
        "corpus_id", "corpusid", "query_id", "qid", "pair_id", "key", "row_id", "identifier",
    ),
    ColumnRole.TITLE: ("title", "headline", "heading", "subject", "name"),
    ColumnRole.LABEL: (
        "label", "labels", "class", "category", "categories", "topic", "intent", "sentiment",
        "emotion", "tag", "target", "genre", "gold_label",
    ),
    ColumnRole.SCORE: (
        "score", "similarity", "similarity_score", "relatedness_score", "relatedness", "rating",
        "stars", "grade", "relevance",
    ),
    ColumnRole.IMAGE: (
        "image", "image_path", "img", "picture", "photo", "path", "file", "filename", "file_name",
    ),
    ColumnRole.QUERY: ("query", "question", "anchor"),
    ColumnRole.POSITIVE: ("positive", "pos"),
    ColumnRole.NEGATIVE: ("negative", "neg", "hard_negative", "negatives"),
}  # fmt: skip
# Beside a score; without one, nothing says that the two texts belong together.
SECOND_TEXTS = {"sentence2", "sentence_2", "text2", "text_2"}
ONCE = (ColumnRole.TEXT, ColumnRole.ID, ColumnRole.TITLE, ColumnRole.LABEL)
PICTURE = re.compile(r"\.(png|jpe?g|gif|webp|bmp|tiff?)$", re.IGNORECASE)
NUMBER = re.compile(r"[-+]?(\d+([.,]\d+)*|[.,]\d+)([eE][-+]?\d+)?%?$")
SHORT = 40
# "pos" is short for "part of speech" as well, whose values are this short.
PART_OF_SPEECH = 5
MOST_LABELS = 50
ENOUGH_ROWS = 10


@dataclass(frozen=True)
class Guess:
    """What a column seems to mean, and why."""

    role: ColumnRole
    reason: str


def is_number(value: str) -> bool:
    """Return whether ``value`` is written like a number, with a decimal point or comma."""
    return NUMBER.match(value.strip()) is not None


def plain_name(name: str) -> str:
    """Return a column name in lower case with underscores: ``docId`` becomes ``doc_id``."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.strip())
    return re.sub(r"[\s.\-]+", "_", spaced).lower()


def is_known_name(name: str) -> bool:
    """Return whether ``name`` is one that columns commonly have."""
    return any(plain_name(name) in names for names in NAMES.values())


def guess_roles(
    samples: Mapping[str, Sequence[str]],
    decided: Mapping[str, str],
    pictures: Collection[str] = (),
) -> dict[str, Guess]:
    """Return a guess for every column.

    Parameters
    ----------
    samples : mapping
        Column name to its values in the first rows.
    decided : mapping
        Column name to the role the user chose for it; those are kept.
    pictures : collection of str, optional
        Columns that hold pictures themselves.
    """
    guesses = {
        name: Guess(ColumnRole(decided[name]), "as you chose")
        for name in samples
        if name in decided
    }
    for name in pictures:
        guesses.setdefault(name, Guess(ColumnRole.IMAGE, "it holds pictures"))
    columns = [_Column(name, samples[name]) for name in samples if name not in guesses]
    for role in NAMES:
        _guess_by_name(role, columns, guesses)
    rest = [column for column in columns if column.name not in guesses]
    # A table of pictures needs no text; one of texts must have one.
    if not (_has(ColumnRole.TEXT, guesses) or _has(ColumnRole.IMAGE, guesses)):
        _guess_text(columns, rest, guesses)
    _guess_second_text(rest, guesses)
    for role, fits, reason in (
        (ColumnRole.ID, _Column.may_be_id, "every value is short and different"),
        (ColumnRole.LABEL, _Column.may_be_label, "few different values"),
        (ColumnRole.SCORE, _Column.may_be_score, "numbers from 0 to 5"),
    ):
        found = [c for c in rest if c.name not in guesses and fits(c)]
        if found and not _has(role, guesses):
            guesses[found[0].name] = Guess(role, reason)
    for column in rest:
        guesses.setdefault(column.name, Guess(ColumnRole.OTHER, "kept beside the text"))
    return {name: guesses[name] for name in samples}


def _has(role: ColumnRole, guesses: Mapping[str, Guess]) -> bool:
    return any(guess.role is role for guess in guesses.values())


def _guess_by_name(role: ColumnRole, columns: list[_Column], guesses: dict[str, Guess]) -> None:
    names = NAMES[role]
    fitting = [column for column in columns if column.fits_name(role)]
    fitting.sort(key=lambda column: names.index(column.base_name))
    for column in fitting:
        if column.name not in guesses and not (role in ONCE and _has(role, guesses)):
            guesses[column.name] = Guess(role, "by its name")


def _guess_second_text(rest: list[_Column], guesses: dict[str, Guess]) -> None:
    if not (_has(ColumnRole.SCORE, guesses) and _has(ColumnRole.TEXT, guesses)):
        return
    for column in rest:
        if column.base_name in SECOND_TEXTS and column.is_wordy:
            reason = "the second text of each scored pair"
            guesses.setdefault(column.name, Guess(ColumnRole.POSITIVE, reason))


def _guess_text(columns: list[_Column], rest: list[_Column], guesses: dict[str, Guess]) -> None:
    """Choose the text where no column is named like one.

    Of pairs, the first text serves; else the longest texts; else whatever there is, so that every
    table can be read.
    """

    def named(role: ColumnRole) -> list[_Column]:
        return [c for c in columns if c.name in guesses and guesses[c.name].role is role]

    queries = named(ColumnRole.QUERY)
    if queries and named(ColumnRole.POSITIVE):
        guesses[queries[0].name] = Guess(ColumnRole.TEXT, "the first text of each pair")
        return
    wordy = [column for column in rest if column.is_wordy]
    if wordy:
        best = max(wordy, key=lambda column: column.width)
        reason = f"the longest texts, {best.width:,.0f} characters on average"
        guesses[best.name] = Guess(ColumnRole.TEXT, reason)
        return
    left = queries or named(ColumnRole.TITLE) or named(ColumnRole.POSITIVE)
    if left:
        guesses[left[0].name] = Guess(ColumnRole.TEXT, "the only text there is")
    elif columns:
        widest = max(columns, key=lambda column: column.width)
        guesses[widest.name] = Guess(ColumnRole.TEXT, "the widest column")


class _Column:
    def __init__(self, name: str, values: Sequence[str]) -> None:
        self.name = name
        self.plain = plain_name(name)
        negative = re.match(r"(hard_)?neg(ative)?s?(?=_|\d|$)", self.plain)
        self.base_name = "negative" if negative else self.plain
        self.values = [value for value in values if value.strip()]
        self.distinct = len(set(self.values))
        self.width = sum(map(len, self.values)) / max(len(self.values), 1)
        self.is_numeric = bool(self.values) and all(map(is_number, self.values))
        is_path = sum(bool(PICTURE.search(value)) for value in self.values) > len(self.values) / 2
        is_name = self.plain.endswith(("_id", "_url", "_path", "_file")) or is_path
        self.is_wordy = bool(self.values) and not (self.is_numeric or is_name)

    def fits_name(self, role: ColumnRole) -> bool:
        if self.base_name not in NAMES[role]:
            return False
        if role is ColumnRole.SCORE:
            return self.is_numeric
        if role is ColumnRole.IMAGE:
            return bool(self.values) and all(map(PICTURE.search, self.values))
        if role in {ColumnRole.POSITIVE, ColumnRole.NEGATIVE}:
            return self.width > PART_OF_SPEECH
        if role is ColumnRole.ID:
            return len(self.values) < ENOUGH_ROWS or self.distinct > len(self.values) / 2
        return True

    def may_be_id(self) -> bool:
        names_one = self.plain.endswith("id")
        return (
            names_one
            and len(self.values) >= ENOUGH_ROWS
            and self.distinct == len(self.values)
            and max(map(len, self.values)) <= SHORT
        )

    def may_be_label(self) -> bool:
        few = min(MOST_LABELS, len(self.values) // 5)
        is_short = self.is_wordy and self.width <= SHORT
        return is_short and len(self.values) >= ENOUGH_ROWS and self.distinct <= few

    def may_be_score(self) -> bool:
        if not self.is_numeric or len(self.values) < ENOUGH_ROWS:
            return False
        numbers = [
            float(value.replace(",", ".").rstrip("%")) for value in self.values if _plain(value)
        ]
        return len(numbers) == len(self.values) and min(numbers) >= 0 and max(numbers) <= 5


def _plain(value: str) -> bool:
    return value.count(",") + value.count(".") <= 1
