"""Physical lines with their numbers; no line, however long, is ever held whole beyond a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab.readers.encoding import BAD_MARK, LONG_MARK
from embedding_lab.readers.items import BAD_ENCODING, MAX_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import TextIOWrapper

LINE_ENDS = ("\n", "\r")


def read_line(file: TextIOWrapper) -> str:
    """Return the next line with its end, or ``""`` at the end of the file.

    A line above the limit is read to its end, but only its beginning is returned, marked.
    """
    line = file.readline(MAX_CHARACTERS)
    if len(line) < MAX_CHARACTERS:
        return line
    return line if line.endswith(LINE_ENDS) else _beginning(file, line)


def _beginning(file: TextIOWrapper, line: str) -> str:
    start = line[:1000]
    while len(line) == MAX_CHARACTERS and not line.endswith(LINE_ENDS):
        line = file.readline(MAX_CHARACTERS)
    return f"{start}{LONG_MARK}\n"


def numbered_lines(file: TextIOWrapper) -> Iterator[tuple[int, str]]:
    """Yield every line with its number, from 1, without its end."""
    number = 0
    while line := read_line(file):
        number += 1
        yield number, line.rstrip("\r\n")


def damage(text: str) -> str:
    """Return why a piece of a file cannot be used, or ``""`` if it can."""
    # Plain ASCII text, the most common, answers without being searched.
    if text.isascii():
        return ""
    if BAD_MARK in text:
        return BAD_ENCODING
    if LONG_MARK in text:
        return f"longer than {MAX_CHARACTERS // 2**20} million characters"
    return ""
