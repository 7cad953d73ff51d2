"""Parquet files, read a few rows at a time."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from embedding_lab.readers.items import Finding, RawRow
from embedding_lab.readers.picture_files import picture_of
from embedding_lab.readers.source import DAMAGED, open_bytes
from embedding_lab.readers.values import flatten, unique_names

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from embedding_lab.readers.items import Item

# Turning columns into Python values holds the interpreter, so it happens in small portions.
BATCH_ROWS = 1000
FLAT_PORTION = 200
NESTED_PORTION = 16


@contextmanager
def open_parquet(path: Path, *, is_gzip: bool) -> Iterator[Any]:
    """Open a Parquet file; a compressed one is unpacked into a temporary file first.

    Raises
    ------
    ValueError
        If it is no whole Parquet file.
    """
    import pyarrow.parquet

    with tempfile.TemporaryFile() as unpacked, path.open("rb") as packed:
        if is_gzip:
            try:
                shutil.copyfileobj(open_bytes(packed, is_gzip=True), unpacked)
            except DAMAGED as error:
                raise ValueError(str(error)) from error
            unpacked.seek(0)
        yield pyarrow.parquet.ParquetFile(unpacked if is_gzip else packed)


def parquet_rows(path: Path, *, is_gzip: bool) -> int:
    """Return how many rows a file holds."""
    with open_parquet(path, is_gzip=is_gzip) as file:
        return int(file.metadata.num_rows)


def read_parquet(path: Path, *, is_gzip: bool) -> Iterator[Item]:
    """Yield the rows of a Parquet file, numbered from 1; lists and structures as JSON."""
    number = 0
    with open_parquet(path, is_gzip=is_gzip) as file:
        names = unique_names(file.schema_arrow.names)
        is_nested = any(field.type.num_fields for field in file.schema_arrow)
        portion = NESTED_PORTION if is_nested else FLAT_PORTION
        try:
            for batch in file.iter_batches(batch_size=BATCH_ROWS):
                for start in range(0, batch.num_rows, portion):
                    part = batch.slice(start, portion)
                    columns = [column.to_pylist() for column in part.columns]
                    for values in zip(*columns, strict=True):
                        number += 1
                        yield _row(number, dict(zip(names, values, strict=True)))
        except (OSError, ValueError) as error:
            yield Finding(number + 1, f"damaged from this row on: {error}")


def _row(number: int, values: dict[str, Any]) -> RawRow:
    """Return a row; a picture in it is kept apart, and its column holds the name it has there."""
    pictures = {
        name: picture
        for name, value in values.items()
        if (picture := picture_of(value)) is not None
    }
    if not pictures:
        return RawRow(number, flatten(values))
    names = {name: picture.path or f"row {number}" for name, picture in pictures.items()}
    return RawRow(number, flatten(values | names), pictures)
