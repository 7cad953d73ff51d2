"""Text and Markdown files: one document a line, a paragraph or a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab.readers.items import MAX_CHARACTERS, Finding, RawRow, blank_lines, excerpt
from embedding_lab.readers.lines import damage, numbered_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import TextIOWrapper

    from embedding_lab.readers.items import Item

TEXT_COLUMN = "text"
FENCES = ("```", "~~~")


def read_lines(file: TextIOWrapper, *, keeps_empty: bool) -> Iterator[Item]:
    """Yield one row a line; blank lines are counted, or kept if empty texts are."""
    n_blank = first_blank = 0
    for number, line in numbered_lines(file):
        if reason := damage(line):
            yield Finding(number, reason, excerpt(line))
        elif keeps_empty or line.strip():
            yield RawRow(number, {TEXT_COLUMN: line})
        else:
            n_blank += 1
            first_blank = first_blank or number
    if n_blank:
        yield blank_lines(n_blank, first_blank)


def read_paragraphs(file: TextIOWrapper, *, is_markdown: bool) -> Iterator[Item]:
    """Yield one row for each run of lines between blank ones.

    In Markdown a fenced block is never cut, and a heading becomes the title of the paragraphs
    below it; a heading with nothing below it is a row of its own.
    """
    paragraph: list[str] = []
    heading = _Heading()
    first = 0
    is_fenced = False
    for number, line in numbered_lines(file):
        if is_markdown and line.lstrip().startswith(FENCES):
            is_fenced = not is_fenced
        if is_markdown and not is_fenced and line.startswith("#"):
            yield from heading.used_by(first, paragraph)
            yield from heading.unused()
            paragraph = []
            heading = _Heading(number, line.strip("# "))
        elif line.strip() or is_fenced:
            first = first if paragraph else number
            paragraph.append(line)
        else:
            yield from heading.used_by(first, paragraph)
            paragraph = []
    yield from heading.used_by(first, paragraph)
    yield from heading.unused()


class _Heading:
    def __init__(self, line: int = 0, text: str = "") -> None:
        self._line = line
        self._text = text
        self._is_used = not text

    def used_by(self, first: int, paragraph: list[str]) -> Iterator[Item]:
        if paragraph:
            self._is_used = True
            title = {"title": self._text} if self._text else {}
            yield _row_or_finding(first, title, "\n".join(paragraph))

    def unused(self) -> Iterator[Item]:
        if not self._is_used:
            yield _row_or_finding(self._line, {}, self._text)


def read_whole(file: TextIOWrapper, name: str) -> Iterator[Item]:
    """Yield the file as one row, titled with its name."""
    text = file.read(MAX_CHARACTERS + 1)
    if len(text) > MAX_CHARACTERS:
        yield Finding(1, f"longer than {MAX_CHARACTERS // 2**20} million characters", excerpt(text))
    else:
        yield _row_or_finding(1, {"title": name}, text.strip("\r\n"))


def _row_or_finding(line: int, title: dict[str, str], text: str) -> Item:
    if reason := damage(text):
        return Finding(line, reason, excerpt(text))
    return RawRow(line, title | {TEXT_COLUMN: text})
