"""Reading the small text files in which classes, templates and instructions are written."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from embedding_lab.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 20_000_000
WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_text(path: Path) -> str:
    """Return the text of a file in UTF-8, or in UTF-16 where a byte order mark says so.

    Raises
    ------
    InputError
        If it cannot be read, is too long for a list, or is in another encoding; the sentence names
        the line.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(
                f"The file {path} has {path.stat().st_size / 1e6:,.0f} MB; that is no list.",
                hint="Name a file of classes or templates.",
            )
        content = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"The file {path} cannot be read: {error.strerror or error}.", hint="Check its name."
        ) from error
    encoding = "utf-16" if content.startswith(WIDE) else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        number = content[: error.start].count(b"\n") + 1
        raise InputError(
            f"The file {path} is not in UTF-8: line {number:,} cannot be read.",
            hint="Save it as UTF-8 in your editor.",
        ) from error


def read_lines(path: Path) -> list[tuple[int, str]]:
    """Return the lines that hold something, with their numbers from 1, without their ends.

    Spaces inside and at the end of a line are kept: they may belong to a prompt.

    Raises
    ------
    InputError
        If the file cannot be read or holds nothing.
    """
    lines = [
        (number, line)
        for number, line in enumerate(read_text(path).splitlines(), 1)
        if line.strip()
    ]
    if not lines:
        raise InputError(f"The file {path} is empty.", hint="Write one entry a line into it.")
    return lines
