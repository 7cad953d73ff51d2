"""What the readers yield: rows, and findings about what is no row."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from embedding_lab.readers.picture_files import PictureSource

# Longer lines, fields and records are told and left out, so that no file can fill the memory.
MAX_CHARACTERS = 64 * 2**20
EXCERPT_CHARACTERS = 120

NO_PICTURES: Mapping[str, PictureSource] = MappingProxyType({})
BAD_ENCODING = "bad encoding"
EMPTY_TEXT = "empty text"


class RawRow(NamedTuple):
    """One record of a file: its first physical line, and the values of the columns it has.

    ``pictures`` are those that stand in its columns themselves, by column.
    """

    line: int
    values: dict[str, str]
    pictures: Mapping[str, PictureSource] = NO_PICTURES


class Finding(NamedTuple):
    """Something the report must tell about a line; line 0 stands for the file itself."""

    line: int
    reason: str
    excerpt: str = ""
    is_rejected: bool = True


Item = RawRow | Finding


def excerpt(text: str) -> str:
    """Return the beginning of ``text`` on one line, safe to store and show."""
    start = " ".join(text[: EXCERPT_CHARACTERS * 2].split())[:EXCERPT_CHARACTERS]
    return start.encode("utf-8", "replace").decode("utf-8").replace("\0", "")


def blank_lines(count: int, first: int) -> Finding:
    """Return the note that tells how many blank lines a file holds."""
    lines = "1 blank line was" if count == 1 else f"{count:,} blank lines were"
    return Finding(first, f"{lines} passed over, the first here", is_rejected=False)
