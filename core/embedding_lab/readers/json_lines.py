"""JSON Lines: one object a line; a broken line costs that line only."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from embedding_lab.readers.items import Finding, RawRow, blank_lines, excerpt
from embedding_lab.readers.lines import damage, numbered_lines
from embedding_lab.readers.plain_text import TEXT_COLUMN
from embedding_lab.readers.values import as_text, flatten, object_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import TextIOWrapper

    from embedding_lab.readers.items import Item

# Raw tabs inside strings are no proper JSON, but what they mean is beyond doubt.
DECODER = json.JSONDecoder(strict=False, object_pairs_hook=object_of)


def read_json_lines(file: TextIOWrapper) -> Iterator[Item]:
    """Yield one row a line; blank lines are counted."""
    n_blank = first_blank = 0
    for number, line in numbered_lines(file):
        text = line.strip()
        if not text:
            n_blank += 1
            first_blank = first_blank or number
        elif reason := damage(text):
            yield Finding(number, reason, excerpt(text))
        else:
            yield _row(number, text)
    if n_blank:
        yield blank_lines(n_blank, first_blank)


def _row(number: int, text: str) -> Item:
    try:
        return row_of(number, DECODER.decode(text))
    except (ValueError, RecursionError) as error:
        return Finding(number, json_reason(error), excerpt(text))


def row_of(line: int, value: Any) -> Item:
    """Return a JSON value as a row: objects by their members, single values as their text."""
    if isinstance(value, dict):
        return RawRow(line, flatten(value))
    if isinstance(value, list) or value is None:
        kind = "a list" if value is not None else "null"
        return Finding(line, f"{kind} instead of an object", excerpt(as_text(value)))
    return RawRow(line, {TEXT_COLUMN: as_text(value)})


def json_reason(error: Exception) -> str:
    """Return why JSON could not be read, in words."""
    if isinstance(error, json.JSONDecodeError):
        message = error.msg[:1].lower() + error.msg[1:].removesuffix(" at")
        return f"broken JSON at character {error.colno:,}: {message}"
    if isinstance(error, RecursionError):
        return "broken JSON: nested too deeply"
    return "broken JSON: a number has too many digits"
