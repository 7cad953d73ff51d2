"""SQL conditions over the documents of a corpus, with every value as a parameter."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from embedding_lab.search.filter_tokens import FilterError, Kind, Token

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMED_COLUMNS = ("id", "title", "text", "label")
# SQLite orders every text above every number; this bound keeps words out of "year > 2001".
IS_NUMBER = "CAST(9e999 AS NUMERIC)"


@dataclass(frozen=True)
class Condition:
    """An SQL condition over the documents table and its parameters."""

    sql: str
    parameters: tuple[str | int | float, ...] = ()

    def negated(self) -> Condition:
        """Return the opposite; what is not known to be true counts as false."""
        return Condition(f"(({self.sql}) IS NOT TRUE)", self.parameters)


def joined(conditions: Sequence[Condition], word: str) -> Condition:
    """Return the conditions joined by ``and`` or ``or``."""
    if len(conditions) == 1:
        return conditions[0]
    return Condition(
        "(" + f" {word.upper()} ".join(item.sql for item in conditions) + ")",
        tuple(value for item in conditions for value in item.parameters),
    )


def access(column: str) -> Condition:
    """Return the SQL expression for the value of a named or extra column."""
    if column in NAMED_COLUMNS:
        return Condition(column)
    if json.dumps(column, ensure_ascii=False) == f'"{column}"':
        return Condition("json_extract(extra, ?)", (f'$."{column}"',))
    # A JSON path cannot hold every name, but a look through the keys can.
    return Condition("(SELECT value FROM json_each(extra) WHERE key = ?)", (column,))


def _as_text(column: Condition) -> str:
    return column.sql if column.sql in NAMED_COLUMNS else f"CAST({column.sql} AS TEXT)"


def compare(column: Condition, operator: str, value: Token) -> Condition:
    """Return the comparison of a column with a value by an SQL operator."""
    if value.kind is Kind.TEXT:
        return Condition(f"{_as_text(column)} {operator} ?", (*column.parameters, value.value))
    if value.kind is Kind.WORD:
        if operator != "=":
            raise FilterError(
                f"The filter compares with {value.value} at character {value.at + 1}, which only "
                "= and != can."
            )
        # A JSON true reaches SQL as 1; a CSV file holds the word.
        number = "1" if value.is_word("true") else "0"
        return Condition(
            f"LOWER({_as_text(column)}) IN (?, ?)",
            (*column.parameters, value.value.lower(), number),
        )
    number_sql = f"{column.sql} {operator} CAST(? AS NUMERIC)"
    parameters = (*column.parameters, _number(value.value))
    if operator in {">", ">="}:
        return Condition(
            f"({number_sql} AND {column.sql} <= {IS_NUMBER})", (*parameters, *column.parameters)
        )
    return Condition(number_sql, parameters)


def _number(text: str) -> int | float:
    number = float(text)
    is_whole = text.lstrip("+-").isdigit() and abs(number) < 2**63
    return int(text) if is_whole else number


def contains(column: Condition, text: str) -> Condition:
    """Return whether a column contains a text, whatever the case of its letters."""
    # SQLite lowers ASCII letters only, so other letters are looked for in each usual spelling.
    spellings = {_lower_ascii(form) for form in (text, text.lower(), text.upper(), text.title())}
    sql = f"INSTR(LOWER({_as_text(column)}), ?) > 0"
    found = [Condition(sql, (*column.parameters, item)) for item in sorted(spellings)]
    return joined(found, "or")


def _lower_ascii(text: str) -> str:
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)


def is_one_of(rows: Sequence[int]) -> Condition:
    """Return whether a row is one of these."""
    return Condition("row IN (SELECT value FROM json_each(?))", (json.dumps(rows),))


def is_empty(column: Condition) -> Condition:
    """Return whether a column holds nothing."""
    return Condition(
        f"({column.sql} IS NULL OR {_as_text(column)} = '')",
        column.parameters * 2,
    )
