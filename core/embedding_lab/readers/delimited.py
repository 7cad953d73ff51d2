"""Tables of delimited fields: records with exact line numbers, from which one always recovers."""

from __future__ import annotations

import csv
from collections import deque
from typing import TYPE_CHECKING

from embedding_lab.readers.items import MAX_CHARACTERS, Finding, RawRow, blank_lines, excerpt
from embedding_lab.readers.lines import damage, read_line
from embedding_lab.readers.options import Quoting

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from io import TextIOWrapper
    from typing import Any

    from embedding_lab.readers.items import Item

# A quoted field that runs on for longer than this was opened by mistake.
MAX_RECORD_LINES = 10_000
# Stands for "one field a line": a character that no text holds.
UNIT_SEPARATOR = "\x1f"


class _EndlessRecordError(Exception):
    """A record runs on for so long that its quote must have been opened by mistake."""


class _RecordLines:
    """Hands lines to the csv module and can hand all but a record's first line out again."""

    def __init__(self, file: TextIOWrapper) -> None:
        self._file = file
        self._again: deque[str] = deque()
        self._n_characters = 0
        self.taken: list[str] = []
        self.number = 0
        self.is_suspect = False

    def begin(self) -> None:
        """Forget the lines of the last record."""
        self.taken.clear()
        self._n_characters = 0
        self.is_suspect = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else read_line(self._file)
        if not line:
            raise StopIteration
        self.taken.append(line)
        self.number += 1
        if not line.isascii():
            self.is_suspect = True
        if len(self.taken) > 1:
            self._n_characters += len(line)
            if len(self.taken) > MAX_RECORD_LINES or self._n_characters > MAX_CHARACTERS:
                raise _EndlessRecordError
        return line

    def damage(self) -> str:
        """Return why the record's lines cannot be used, or ``""`` if they can."""
        return next(filter(None, map(damage, self.taken)), "")

    def rewind(self) -> None:
        """Go back to the line after the record's first one."""
        self._again.extendleft(reversed(self.taken[1:]))
        self.number -= len(self.taken) - 1
        del self.taken[1:]


class DelimitedRecords:
    """Iterates over the records of a table: fields with the number of their first line.

    A record that is broken is yielded as a :class:`Finding`, and reading goes on with the line
    after the one it began on, so that an unclosed quote never swallows the rows behind it.

    Parameters
    ----------
    file : TextIOWrapper
        The text, with its line ends kept.
    delimiter : str
        The character between the fields.
    quoting : str
        A value of :class:`Quoting`.
    """

    def __init__(self, file: TextIOWrapper, delimiter: str, quoting: str) -> None:
        csv.field_size_limit(MAX_CHARACTERS)  # one setting for the whole process
        self._lines = _RecordLines(file)
        self._format: dict[str, Any] = {
            "delimiter": delimiter,
            "strict": True,
            "quoting": csv.QUOTE_MINIMAL if quoting == Quoting.DOUBLE else csv.QUOTE_NONE,
        }
        self._reader = csv.reader(self._lines, **self._format)
        self._n_blank = self._first_blank = 0

    def __iter__(self) -> Iterator[tuple[int, list[str]] | Finding]:
        while True:
            self._lines.begin()
            first = self._lines.number + 1
            try:
                fields = next(self._reader)
            except StopIteration:
                break
            except (csv.Error, _EndlessRecordError) as error:
                yield self._broken(first, _quote_reason(error))
                continue
            if not fields:
                self._n_blank += 1
                self._first_blank = self._first_blank or first
            elif self._lines.is_suspect and (reason := self._lines.damage()):
                yield Finding(first, reason, excerpt("".join(self._lines.taken)))
            else:
                yield first, fields
        if self._n_blank:
            yield blank_lines(self._n_blank, self._first_blank)

    def ragged(self, line: int, n_fields: int, n_expected: int) -> Finding:
        """Return the finding for the record just yielded, which has a wrong number of fields."""
        reason = f"{n_fields} {'field' if n_fields == 1 else 'fields'} instead of {n_expected}"
        # A stray quote glues several records together; the later ones deserve to be read alone.
        if len(self._lines.taken) > 1 and self._parses_alone(self._lines.taken[1], n_expected):
            return self._broken(line, "quote without an end")
        return Finding(line, reason, excerpt("".join(self._lines.taken)))

    def _broken(self, line: int, reason: str) -> Finding:
        self._lines.rewind()
        return Finding(line, reason, excerpt(self._lines.taken[0]))

    def _parses_alone(self, line: str, n_expected: int) -> bool:
        try:
            return len(next(csv.reader([line], **self._format))) == n_expected
        except csv.Error:
            return False


def _quote_reason(error: Exception) -> str:
    text = str(error)
    if isinstance(error, _EndlessRecordError) or "unexpected end of data" in text:
        return "quote without an end"
    if "expected after" in text:
        return "text after a closing quote, or a quote without an end"
    return f"broken record: {text}"


def read_delimited(
    records: DelimitedRecords, columns: Sequence[str], *, has_header: bool
) -> Iterator[Item]:
    """Yield the rows of a table; records whose number of fields is wrong are findings."""
    n_columns = len(columns)
    is_header = has_header
    for record in records:
        if isinstance(record, Finding):
            yield record
            is_header = is_header and not record.is_rejected
            continue
        line, fields = record
        if is_header:
            is_header = False
        elif len(fields) == n_columns:
            yield RawRow(line, dict(zip(columns, fields)))  # noqa: B905 - just compared
        else:
            yield records.ragged(line, len(fields), n_columns)
