"""Guessing how a table is written: delimiter, quotes, and whether the first record is a header."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass
from io import StringIO

from embedding_lab.readers.delimited import UNIT_SEPARATOR
from embedding_lab.readers.items import MAX_CHARACTERS
from embedding_lab.readers.options import NO_DELIMITER, Quoting, ReadOptions
from embedding_lab.readers.roles import is_known_name, is_number

DELIMITERS = (",", "\t", ";", "|")
SAMPLE_RECORDS = 200
HEADER_CHARACTERS = 60


@dataclass(frozen=True)
class Dialect:
    """How a table is written.

    ``consistency`` is the share of sampled records with as many fields as the first one.
    """

    delimiter: str
    quoting: Quoting
    has_header: bool
    header_reason: str
    records: tuple[tuple[str, ...], ...]
    consistency: float

    @property
    def n_columns(self) -> int:
        """How many fields the first record has."""
        return len(self.records[0]) if self.records else 0

    @property
    def looks_like_table(self) -> bool:
        """Whether a file of unknown kind should be read this way rather than as text."""
        if self.n_columns < 2 or len(self.records) < 3 or self.consistency < 1:
            return False
        names = sum(is_known_name(cell) for cell in self.records[0])
        return self.delimiter == "\t" or (self.has_header and names > 0)


def guess_dialect(text: str, options: ReadOptions, extension: str) -> Dialect:
    """Return how the table that begins with ``text`` is written.

    Parameters
    ----------
    text : str
        The beginning of the file, whole lines.
    options : ReadOptions
        What the user decided already.
    extension : str
        The file's, lower case; it decides where the content leaves it open.
    """
    csv.field_size_limit(MAX_CHARACTERS)
    if options.delimiter:
        wanted = UNIT_SEPARATOR if options.delimiter == NO_DELIMITER else options.delimiter
        candidates = [_try(text, wanted, options)]
    else:
        candidates = [_try(text, delimiter, options) for delimiter in DELIMITERS]
    favourite = "\t" if extension == ".tsv" else ","

    def merit(found: Dialect) -> tuple[bool, float, bool, int]:
        is_split = found.n_columns > 1
        consistency = round(found.consistency, 1)
        return is_split, consistency, found.delimiter == favourite, found.n_columns

    best = max(candidates, key=merit)
    if best.n_columns < 2 and not options.delimiter:
        return _try_one_column(text, options, favourite)
    return best


def _try_one_column(text: str, options: ReadOptions, favourite: str) -> Dialect:
    found = _try(text, favourite, options)
    # Commas in the rows of a table with one column are part of its texts.
    return found if found.consistency == 1 else _try(text, UNIT_SEPARATOR, options)


def _try(text: str, delimiter: str, options: ReadOptions) -> Dialect:
    quoting = Quoting(options.quoting) if options.quoting else _guess_quoting(text, delimiter)
    records = _records(text, delimiter, quoting)
    counts = Counter(len(record) for record in records)
    consistency = counts[len(records[0])] / len(records) if records else 0.0
    has_header, reason = _guess_header(records)
    if options.has_header is not None:
        has_header, reason = options.has_header, "as you chose"
    return Dialect(delimiter, quoting, has_header, reason, tuple(records), consistency)


def _records(text: str, delimiter: str, quoting: Quoting) -> list[tuple[str, ...]]:
    reader = csv.reader(
        StringIO(text, newline=""),
        delimiter=delimiter,
        quoting=csv.QUOTE_MINIMAL if quoting is Quoting.DOUBLE else csv.QUOTE_NONE,
    )
    records: list[tuple[str, ...]] = []
    try:
        for fields in reader:
            if fields:
                records.append(tuple(fields))
            if len(records) == SAMPLE_RECORDS:
                break
    except csv.Error:
        pass  # the reader of the whole file tells it with its line
    return records


def _guess_quoting(text: str, delimiter: str) -> Quoting:
    """Return whether quotes are meant as such; between tabs they often are plain characters."""
    if delimiter not in {"\t", UNIT_SEPARATOR}:
        return Quoting.DOUBLE
    d = re.escape(delimiter)
    field = rf'(?:^|{d})"(?:[^"]|"")*"(?=$|{d}|\r|\n)'
    quoted = [found[0].strip(delimiter) for found in re.finditer(field, text, re.MULTILINE)]
    # Quoting shows where a field would not survive without it.
    needed = [cell for cell in quoted if re.search(rf'{d}|\n|""', cell[1:-1])]
    n_openings = len(re.findall(rf'(?:^|{d})"', text, re.MULTILINE))
    is_used = bool(needed) and len(quoted) >= 0.9 * n_openings
    return Quoting.DOUBLE if is_used else Quoting.NONE


def _guess_header(records: list[tuple[str, ...]]) -> tuple[bool, str]:
    if not records:
        return False, "the file holds no record"
    first, body = records[0], records[1:]
    known = [cell for cell in first if is_known_name(cell)]
    if known:
        return True, f"{known[0].strip()} is a common column name"
    reason = _why_no_header(first, body)
    return (False, reason) if reason else (True, "the first row reads like names")


def _why_no_header(first: tuple[str, ...], body: list[tuple[str, ...]]) -> str:
    if any(is_number(cell) for cell in first):
        return "the first row holds a number"
    if any(not cell.strip() for cell in first) or len(set(first)) < len(first):
        return "the first row holds an empty or repeated field"
    if any(len(cell) > HEADER_CHARACTERS for cell in first):
        return "the first row holds a long text"
    columns = [[row[at] for row in body if len(row) > at] for at in range(len(first))]
    if any(column and all(map(is_number, column)) for column in columns):
        return ""  # numbers stand below its words
    repeats = [column.count(cell) for cell, column in zip(first, columns, strict=True)]
    if max(repeats) > max(1, len(body) // 50):
        return "a field of the first row comes back further down"
    n_words = sum(len(cell.split()) for cell in first) / len(first)
    return "the first row reads like a text" if n_words > 3 else ""
