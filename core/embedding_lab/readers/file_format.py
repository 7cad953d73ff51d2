"""How one file will be read: what its first bytes tell, and what the user decided."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, replace
from enum import StrEnum
from io import StringIO
from typing import TYPE_CHECKING

from embedding_lab.errors import InputError
from embedding_lab.pictures import PICTURE_SUFFIXES, is_picture_head
from embedding_lab.readers.dialect import Dialect, guess_dialect
from embedding_lab.readers.encoding import MARK_ERRORS, guess_encoding
from embedding_lab.readers.json_document import JsonLayout, JsonShape, guess_layout
from embedding_lab.readers.json_lines import DECODER
from embedding_lab.readers.magic import ADVICE, PARQUET_MAGIC, binary_kind, looks_like_text
from embedding_lab.readers.options import Quoting, ReadOptions, TextUnit
from embedding_lab.readers.source import CHUNK, DAMAGED, GZIP_MAGIC
from embedding_lab.readers.values import unique_names

if TYPE_CHECKING:
    from pathlib import Path


class Kind(StrEnum):
    """The formats that can be read, by the names people know."""

    TEXT = "text"
    MARKDOWN = "Markdown"
    CSV = "CSV"
    TSV = "TSV"
    JSON_LINES = "JSON Lines"
    JSON = "JSON"
    PARQUET = "Parquet"
    PICTURE = "picture"


KIND_OF = {
    ".txt": Kind.TEXT,
    ".md": Kind.MARKDOWN,
    ".csv": Kind.CSV,
    ".tsv": Kind.TSV,
    ".jsonl": Kind.JSON_LINES,
    ".ndjson": Kind.JSON_LINES,
    ".json": Kind.JSON,
    ".parquet": Kind.PARQUET,
} | dict.fromkeys(PICTURE_SUFFIXES, Kind.PICTURE)
TABLES = (Kind.CSV, Kind.TSV)


@dataclass(frozen=True)
class FileFormat:
    """Everything a reader needs to know about one file.

    ``columns`` are those of a table's header or of a JSON file that lists its columns; where
    rows name their own, it is empty. ``notes`` are sentences about what was found; ``folder`` is
    the chosen folder the file was found in.
    """

    path: Path
    kind: Kind
    n_bytes: int
    is_gzip: bool = False
    encoding: str = ""
    delimiter: str = ""
    quoting: Quoting = Quoting.DOUBLE
    has_header: bool = False
    columns: tuple[str, ...] = ()
    shape: JsonShape = JsonShape.LIST
    text_unit: TextUnit = TextUnit.LINE
    notes: tuple[str, ...] = ()
    folder: Path | None = None

    @property
    def title(self) -> str:
        """The format in words: ``CSV, gzip``."""
        return f"{self.kind}, gzip" if self.is_gzip else str(self.kind)


@dataclass(frozen=True)
class Head:
    """The beginning of a file, unpacked."""

    content: bytes
    is_gzip: bool
    is_whole: bool
    n_bytes: int


def plain_suffix(path: Path) -> str:
    """Return a file's extension in lower case, looking through ``.gz``."""
    name = path.name.lower().removesuffix(".gz")
    return f".{name.rpartition('.')[2]}" if "." in name else ""


def read_head(path: Path, size: int = CHUNK) -> Head:
    """Read the first ``size`` bytes of a file, unpacked; a quarter of a megabyte by default.

    Raises
    ------
    InputError
        If it cannot be opened, is empty, or is a damaged gzip file.
    """
    try:
        if not path.is_file():
            found = "is no plain file" if path.exists() else "is not there"
            raise InputError(f"{path} {found}.")
        n_bytes = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(size)
        is_gzip = start.startswith(GZIP_MAGIC)
        content = _unpacked_start(path, size) if is_gzip else start
    except DAMAGED as error:
        raise InputError(f"{path} is a damaged gzip file: {error}.") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error
    if not content:
        raise InputError(f"{path} is empty.")
    return Head(content, is_gzip, len(content) < size, n_bytes)


def _unpacked_start(path: Path, size: int) -> bytes:
    """Return what a gzip file begins with, as far as it can be unpacked."""
    content = b""
    with gzip.open(path) as file:
        try:
            while len(content) < size and (more := file.read1(size - len(content))):
                content += more
        except DAMAGED:
            if not content:
                raise
    return content


def sniff_file(path: Path, options: ReadOptions) -> FileFormat:
    """Return how a file will be read, from its content first and its name second.

    Raises
    ------
    InputError
        If it cannot be read at all; the sentence says why.
    """
    return sniff_head(path, read_head(path), options)


def sniff_head(path: Path, head: Head, options: ReadOptions) -> FileFormat:
    """Do what :func:`sniff_file` does with a head that was read already."""
    base = FileFormat(path=path, kind=Kind.TEXT, n_bytes=head.n_bytes, is_gzip=head.is_gzip)
    if head.content.startswith(PARQUET_MAGIC):
        return _as_kind(base, Kind.PARQUET)
    if is_picture_head(head.content):
        return _as_kind(base, Kind.PICTURE)
    if kind := binary_kind(head.content):
        raise InputError(
            f"{path} is {kind}, which this program does not read.", hint=ADVICE.get(kind, "")
        )
    encoding, note = guess_encoding(head.content, options.encoding)
    text = decode_head(head, encoding)
    if not looks_like_text(text):
        raise InputError(f"{path} is a binary file of an unknown kind.")
    base = replace(base, encoding=encoding, notes=(note,) if note else ())
    return _sniff_text(base, text, options)


def decode_head(head: Head, encoding: str) -> str:
    """Return a head as text, cut after its last whole line unless it is the whole file."""
    text = head.content.decode(encoding, MARK_ERRORS)
    if head.is_whole:
        return text
    cut = max(text.rfind("\n"), text.rfind("\r")) + 1
    return text[: cut or None]


def _sniff_text(base: FileFormat, text: str, options: ReadOptions) -> FileFormat:
    suffix = plain_suffix(base.path)
    named = KIND_OF.get(suffix)
    json_kind = None if named is Kind.MARKDOWN else _json_kind(text, named)
    if json_kind is Kind.JSON:
        return _as_json(base, guess_layout(StringIO(text)))
    if json_kind is Kind.JSON_LINES:
        return _as_kind(base, Kind.JSON_LINES)
    dialect = guess_dialect(text, options, suffix)
    may_be_table = named is not Kind.MARKDOWN and (options.delimiter or dialect.looks_like_table)
    if named in TABLES or may_be_table:
        return _as_table(base, dialect)
    if named is Kind.JSON_LINES:
        return _as_kind(base, Kind.JSON_LINES)
    kind = Kind.MARKDOWN if named is Kind.MARKDOWN else Kind.TEXT
    unit = TextUnit.PARAGRAPH if kind is Kind.MARKDOWN else TextUnit.LINE
    unit = TextUnit(options.text_unit) if options.text_unit else unit
    return replace(_as_kind(base, kind), text_unit=unit)


def _as_kind(base: FileFormat, kind: Kind) -> FileFormat:
    """Return ``base`` as ``kind``, with a note where its name says otherwise."""
    named = KIND_OF.get(plain_suffix(base.path))
    is_expected = named in {None, kind} or (named in TABLES and kind in TABLES)
    note = f"Its name says {named}, but it holds {kind}; it is read as that."
    return replace(base, kind=kind, notes=base.notes if is_expected else (*base.notes, note))


def _as_json(base: FileFormat, layout: JsonLayout) -> FileFormat:
    base = _as_kind(base, Kind.JSON)
    notes = [f"The member {name} is no list; it is passed over." for name in layout.passed_over]
    return replace(base, shape=layout.shape, columns=layout.columns, notes=(*base.notes, *notes))


def _as_table(base: FileFormat, dialect: Dialect) -> FileFormat:
    base = _as_kind(base, Kind.TSV if dialect.delimiter == "\t" else Kind.CSV)
    first = dialect.records[0] if dialect.records else ()
    names = [cell.strip() if dialect.has_header else "" for cell in first]
    columns = unique_names(names)
    notes = []
    if not dialect.has_header:
        notes.append(f"Read without a header: {dialect.header_reason}.")
    elif columns != tuple(names):
        notes.append("Column names that were empty or repeated were made different.")
    if dialect.has_header and len(dialect.records) == 1:
        notes.append("It holds a header and no rows.")
    return replace(
        base,
        delimiter=dialect.delimiter,
        quoting=dialect.quoting,
        has_header=dialect.has_header,
        columns=columns,
        notes=(*base.notes, *notes),
    )


def _json_kind(text: str, named: Kind | None) -> Kind | None:
    """Return which kind of JSON ``text`` begins like, if any."""
    start = text.lstrip("\ufeff \t\r\n")
    if not start.startswith(("{", "[")):
        return None
    first, *later = [line.strip() for line in start.splitlines()[:21] if line.strip()]
    if _is_json(first):
        return Kind.JSON_LINES if later or named is Kind.JSON_LINES else Kind.JSON
    if sum(map(_is_json, later)) > len(later) / 2:
        return Kind.JSON_LINES  # the first line is broken, most others are not
    follows = start[1:].lstrip()[:1]
    return Kind.JSON if follows in ('"{[}]' if start[0] == "[" else '"}') else None


def _is_json(line: str) -> bool:
    try:
        return isinstance(DECODER.decode(line), (dict, list))
    except (ValueError, RecursionError):
        return False
