"""Filter expressions: ``label = "world" and year >= 2001``.

A comparison is ``column = value`` (also ``!=  <  <=  >  >=``), ``column contains "text"``,
``column in ("a", "b")`` or ``column is empty``, the last three also with ``not``;
``in subset "name"`` takes the rows that were saved under a name; ``and``, ``or``, ``not`` and
parentheses join them. Values are numbers, text in double or single quotes, ``true`` and
``false``; a column whose name holds spaces stands in backticks or quotes. Numbers compare as
numbers even where a file stored them as text; ``contains`` ignores case. A row without a value
satisfies no comparison, and so satisfies its opposite.

The expression becomes an SQL condition whose values are all parameters: nothing a user writes
ever enters the SQL text.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.errors import LabError, did_you_mean
from embedding_lab.search.conditions import (
    Condition,
    access,
    compare,
    contains,
    is_empty,
    is_one_of,
    joined,
)
from embedding_lab.search.filter_tokens import FilterError, Kind, Token, tokens
from embedding_lab.workspace.corpus import Corpus

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

OPERATORS = {"=": "=", "==": "=", "!=": "=", "<>": "=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
MOST_COMPARISONS = 200
DEEPEST = 50


def parse_filter(expression: str, corpus: Corpus) -> Condition:
    """Turn a filter expression into a condition for :meth:`Corpus.select`.

    Parameters
    ----------
    expression : str
        What the user wrote; nothing but space means no condition.
    corpus : Corpus
        Whose columns and subsets are meant.

    Raises
    ------
    FilterError
        If the expression cannot be read or names an unknown column.
    UsageError
        If it names a subset that is not there.
    """
    words = tokens(expression)
    if words[0].kind is Kind.END:
        return Condition("")
    return _Parser(words, corpus).parse()


def filter_problem(expression: str, corpus: Corpus) -> str:
    """Return what is wrong with a filter, as a sentence; empty if nothing is."""
    try:
        parse_filter(expression, corpus)
    except LabError as error:
        return str(error)
    return ""


class _Parser:
    def __init__(self, words: list[Token], corpus: Corpus) -> None:
        self._words = words
        self._subsets = corpus.subsets
        self._columns = corpus.columns
        self._next = 0
        self._n_comparisons = 0
        self._depth = 0

    def parse(self) -> Condition:
        condition = self._either()
        if self._word.kind is not Kind.END:
            raise self._expected("`and`, `or` or the end")
        return condition

    @property
    def _word(self) -> Token:
        return self._words[self._next]

    def _take(self) -> Token:
        word = self._word
        self._next += word.kind is not Kind.END
        return word

    def _takes_word(self, word: str) -> bool:
        is_there = self._word.is_word(word)
        self._next += is_there
        return is_there

    def _takes_sign(self, sign: str) -> bool:
        is_there = self._word.kind is Kind.SIGN and self._word.value == sign
        self._next += is_there
        return is_there

    def _expected(self, what: str) -> FilterError:
        return FilterError(
            f"The filter cannot be read at character {self._word.at + 1}: expected {what}, "
            f"found {self._word}.",
            hint='A filter looks like: label = "world" and year >= 2001',
        )

    def _joined(self, part: Callable[[], Condition], word: str) -> Condition:
        parts = [part()]
        while self._takes_word(word):
            parts.append(part())
        return joined(parts, word)

    def _either(self) -> Condition:
        return self._joined(self._both, "or")

    def _both(self) -> Condition:
        return self._joined(self._maybe_not, "and")

    def _maybe_not(self) -> Condition:
        is_negated = False
        while self._takes_word("not"):
            is_negated = not is_negated
        condition = self._primary()
        return condition.negated() if is_negated else condition

    def _primary(self) -> Condition:
        if not self._takes_sign("("):
            return self._comparison()
        self._depth += 1
        if self._depth > DEEPEST:
            raise FilterError(f"The filter nests more than {DEEPEST} parentheses.")
        condition = self._either()
        if not self._takes_sign(")"):
            raise self._expected("`)`")
        self._depth -= 1
        return condition

    def _comparison(self) -> Condition:
        self._count_comparison()
        if self._takes_word("in"):
            return self._in_subset()
        column = self._column()
        if self._word.kind is Kind.SIGN and self._word.value in OPERATORS:
            return self._compared(column)
        if self._takes_word("is"):
            is_negated = self._takes_word("not")
            if not self._takes_word("empty"):
                raise self._expected("`empty`" if is_negated else "`empty` or `not empty`")
            condition = is_empty(column)
        else:
            is_negated = self._takes_word("not")
            condition = self._member(column)
        return condition.negated() if is_negated else condition

    def _in_subset(self) -> Condition:
        if not self._takes_word("subset"):
            raise self._expected('a column before it, or `subset "name"` behind it')
        if self._word.kind is not Kind.TEXT:
            raise self._expected("the name of a subset in double quotes")
        return is_one_of(self._subsets.get(self._take().value).rows)

    def _count_comparison(self) -> None:
        self._n_comparisons += 1
        if self._n_comparisons > MOST_COMPARISONS:
            raise FilterError(f"The filter has more than {MOST_COMPARISONS} comparisons.")

    def _member(self, column: Condition) -> Condition:
        if self._takes_word("contains"):
            if self._word.kind not in {Kind.TEXT, Kind.NUMBER}:
                raise self._expected("text in double quotes")
            return contains(column, self._take().value)
        if self._takes_word("in"):
            return self._in_list(column)
        raise self._expected("a comparison such as =, >=, contains, in, or is empty")

    def _column(self) -> Condition:
        word = self._word
        if word.kind not in {Kind.WORD, Kind.COLUMN, Kind.TEXT} or word.is_word("and", "or"):
            raise self._expected("the name of a column")
        if word.value not in self._columns:
            raise FilterError(
                f"The filter names {word.value} at character {word.at + 1}, but the corpus has no "
                "such column.",
                hint=did_you_mean(word.value, self._columns, "Its columns"),
            )
        self._take()
        return access(word.value)

    def _compared(self, column: Condition) -> Condition:
        sign = self._take().value
        condition = compare(column, OPERATORS[sign], self._value())
        return condition.negated() if sign in {"!=", "<>"} else condition

    def _value(self) -> Token:
        word = self._word
        if word.kind in {Kind.TEXT, Kind.NUMBER} or word.is_word("true", "false"):
            return self._take()
        raise self._expected("a number or text in double quotes")

    def _in_list(self, column: Condition) -> Condition:
        if not self._takes_sign("("):
            raise self._expected("`(`")
        choices = [compare(column, "=", self._value())]
        while self._takes_sign(","):
            self._count_comparison()
            choices.append(compare(column, "=", self._value()))
        if not self._takes_sign(")"):
            raise self._expected("`,` or `)`")
        return joined(choices, "or")


def rows_that_fit(corpus: Corpus, expression: str) -> NDArray[np.bool_]:
    """Return for each row of a corpus whether it satisfies a filter, shape (n,), read-only.

    The last few answers are remembered: the filter stays while somebody types a query.
    """
    return _rows_that_fit(corpus.folder, corpus.n_rows, corpus.subsets.stamp, expression)


@lru_cache(maxsize=8)
def _rows_that_fit(folder: Path, n_rows: int, _subsets: int, expression: str) -> NDArray[np.bool_]:
    corpus = Corpus(folder)
    condition = parse_filter(expression, corpus)
    fits = np.zeros(max(n_rows, corpus.n_rows), dtype=np.bool_)
    fits[corpus.select(condition.sql, condition.parameters)] = True
    fits.setflags(write=False)
    return fits
