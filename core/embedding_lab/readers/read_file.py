"""Reading one file from beginning to end, whatever its format."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from embedding_lab.readers.delimited import DelimitedRecords, read_delimited
from embedding_lab.readers.file_format import FileFormat, Head, Kind
from embedding_lab.readers.items import Finding
from embedding_lab.readers.json_document import read_json
from embedding_lab.readers.json_lines import read_json_lines
from embedding_lab.readers.options import TextUnit
from embedding_lab.readers.parquet import read_parquet
from embedding_lab.readers.picture_files import read_picture_file
from embedding_lab.readers.plain_text import read_lines, read_paragraphs, read_whole
from embedding_lab.readers.source import DAMAGED, HashingFile, open_bytes, open_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from embedding_lab.readers.items import Item

    Content = Callable[[], io.BufferedReader]


def read_items(
    source: FileFormat, file: HashingFile, *, keeps_empty: bool = False
) -> Iterator[Item]:
    """Yield rows and findings of a file, in the order they stand in it.

    Parameters
    ----------
    source : FileFormat
        How to read it.
    file : HashingFile
        The file itself, at its beginning.
    keeps_empty : bool, default False
        Whether blank lines of a text file are rows.
    """
    if source.kind is Kind.PICTURE:
        yield from read_picture_file(source)
        return
    if source.kind is Kind.PARQUET:
        yield from _guarded(read_parquet(source.path, is_gzip=source.is_gzip))
        return

    def again() -> io.BufferedReader:
        return open_bytes(source.path.open("rb"), is_gzip=source.is_gzip)

    content = open_bytes(file.stream(), is_gzip=source.is_gzip)
    yield from _guarded(_read_text(source, content, again, keeps_empty=keeps_empty))


def read_head_items(source: FileFormat, head: Head, *, keeps_empty: bool = False) -> Iterator[Item]:
    """Yield the items of a file as far as its beginning shows them."""

    def again() -> io.BufferedReader:
        return io.BufferedReader(io.BytesIO(head.content))

    yield from _guarded(_read_text(source, again(), again, keeps_empty=keeps_empty))


def _read_text(
    source: FileFormat, content: io.BufferedReader, again: Content, *, keeps_empty: bool
) -> Iterator[Item]:
    if source.kind is Kind.JSON:
        yield from read_json(
            open_text(content, source.encoding, newline=None),
            source.shape,
            source.columns,
            lambda: open_text(again(), source.encoding, newline=None),
        )
        return
    file = open_text(content, source.encoding)
    if source.kind in {Kind.CSV, Kind.TSV}:
        records = DelimitedRecords(file, source.delimiter, source.quoting)
        yield from read_delimited(records, source.columns, has_header=source.has_header)
    elif source.kind is Kind.JSON_LINES:
        yield from read_json_lines(file)
    elif source.text_unit is TextUnit.LINE:
        yield from read_lines(file, keeps_empty=keeps_empty)
    elif source.text_unit is TextUnit.PARAGRAPH:
        yield from read_paragraphs(file, is_markdown=source.kind is Kind.MARKDOWN)
    else:
        yield from read_whole(file, source.path.stem)


def _guarded(items: Iterator[Item]) -> Iterator[Item]:
    """Turn damage found half-way into a finding: what came before it stays."""
    line = 0
    try:
        for item in items:
            line = max(line, item.line)
            yield item
    except DAMAGED as error:
        reason = f"the gzip file is damaged behind this line, the rest cannot be read: {error}"
        yield Finding(line, reason)
    except OSError as error:
        yield Finding(line, f"the rest cannot be read: {error.strerror or error}")
    except ValueError as error:
        yield Finding(line, f"the rest cannot be read: {error}")
