"""The words of a filter expression."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from embedding_lab.errors import UsageError

LONGEST = 10_000


class Kind(StrEnum):
    """What a word of the expression is."""

    WORD = "word"
    COLUMN = "column"
    TEXT = "text"
    NUMBER = "number"
    SIGN = "sign"
    END = "end"


@dataclass(frozen=True)
class Token:
    """One word. ``value`` is without quotes; ``at`` counts characters from 0."""

    kind: Kind
    value: str
    at: int

    def is_word(self, *words: str) -> bool:
        """Whether this is one of some bare words, in any case."""
        return self.kind is Kind.WORD and self.value.lower() in words

    def __str__(self) -> str:
        return "the end" if self.kind is Kind.END else self.value


class FilterError(UsageError):
    """A filter expression cannot be read; the sentence tells where and what was expected."""


PATTERN = re.compile(
    r"""(?P<space>\s+)
    | (?P<column>`(?:[^`]|``)+`)
    | (?P<text>"(?:[^"]|"")*"|'(?:[^']|'')*')
    | (?P<number>[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?(?![\w]))
    | (?P<sign><=|>=|==|!=|<>|[=<>(),])
    | (?P<word>[^\W\d][\w.\-]*)""",
    re.VERBOSE,
)


def quoted(text: str) -> str:
    """Return a text as it stands in an expression, whatever quotes it holds itself."""
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def tokens(expression: str) -> list[Token]:
    """Return the words of an expression, with one that marks its end.

    Raises
    ------
    FilterError
        If a character belongs to no word.
    """
    if len(expression) > LONGEST:
        raise FilterError(f"The filter is longer than {LONGEST:,} characters.")
    found = []
    at = 0
    while at < len(expression):
        match = PATTERN.match(expression, at)
        if match is None:
            raise _unreadable(expression, at)
        if match.lastgroup != "space":
            found.append(_token(match))
        at = match.end()
    return [*found, Token(Kind.END, "", len(expression))]


def _token(match: re.Match[str]) -> Token:
    kind, value = Kind(str(match.lastgroup)), match.group()
    if kind in {Kind.TEXT, Kind.COLUMN}:
        quote = value[0]
        value = value[1:-1].replace(quote * 2, quote)
    return Token(kind, value, match.start())


def _unreadable(expression: str, at: int) -> FilterError:
    if expression[at] in "\"'`":
        return FilterError(
            f"The filter's quote at character {at + 1} is never closed.",
            hint='Write text as "text"; a quote inside it is written twice.',
        )
    return FilterError(
        f"The filter cannot be read at character {at + 1}: {expression[at]!r} means nothing there.",
        hint='A filter looks like: label = "world" and year >= 2001',
    )
