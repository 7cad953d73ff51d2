"""About how many rows an import will read, told before anything is read to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab.readers.file_format import FileFormat, Kind
from embedding_lab.readers.options import TextUnit
from embedding_lab.readers.plan import SAMPLED_ROWS, TEXT_KINDS, ImportPlan, Sample
from embedding_lab.readers.selection import Part
from embedding_lab.readers.source import CHUNK, DAMAGED, open_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

# Read of each file, unpacked; of what is longer, the rest is taken to be like its beginning.
BYTES_LOOKED_AT = 16 * 2**20


def about_rows(plan: ImportPlan) -> int:
    """Return about how many rows of documents there are; 0 where nothing tells."""
    files = [file.path for file in plan.selection.files if file.part is Part.DOCUMENTS]
    samples = [sample for sample in plan.samples if sample.chosen.part is Part.DOCUMENTS]
    if samples and all(sample.format.kind is Kind.PICTURE for sample in samples):
        return len(files)
    counts = [_count(sample) for sample in samples]
    if not counts or not all(counts):
        return 0
    if len(files) == len(samples):
        return sum(counts)
    looked_at = sum(sample.format.n_bytes for sample in samples)
    return _rounded(sum(counts) * total_bytes(files) / max(1, looked_at))


def total_bytes(files: Iterable[Path]) -> int:
    """Return the size of all files together; what cannot be reached counts as nothing."""
    total = 0
    for file in files:
        try:
            total += file.stat().st_size
        except OSError:
            continue
    return total


def _count(sample: Sample) -> int:
    found, rows = sample.format, sample.rows
    if found.kind in TEXT_KINDS and found.text_unit is TextUnit.FILE:
        return 1
    if not rows:
        return 0
    try:
        if found.kind is Kind.PARQUET:
            return _parquet_rows(found)
        n_lines, part = _lines(found)
    except (OSError, ValueError, *DAMAGED):
        return 0
    if part == 1 and len(rows) < SAMPLED_ROWS and found.n_bytes < CHUNK and not found.is_gzip:
        return len(rows)
    first, last = rows[0].line, rows[-1].line
    if last == first:
        return 1 if len(rows) == 1 else 0
    # The last row's own length is not known; it is taken to be as long as the others.
    lines_a_row = (last - first) / (len(rows) - 1)
    count = (n_lines - first + 1) / lines_a_row / part
    return round(count) if part == 1 else _rounded(count)


def _parquet_rows(found: FileFormat) -> int:
    if found.is_gzip:
        return 0
    from pyarrow import parquet

    return int(parquet.ParquetFile(found.path).metadata.num_rows)


def _lines(found: FileFormat) -> tuple[int, float]:
    """Return how many lines the beginning of a file has, and which part of it that is."""
    n_read = n_newlines = n_returns = 0
    last = b"\n"
    with (
        found.path.open("rb", buffering=0) as file,
        open_bytes(file, is_gzip=found.is_gzip) as content,
    ):
        while n_read < BYTES_LOOKED_AT and (chunk := content.read1(CHUNK)):
            n_read += len(chunk)
            n_newlines += chunk.count(b"\n")
            n_returns += chunk.count(b"\r")
            last = chunk[-1:]
        is_whole = not content.peek(1)
        part = 1.0 if is_whole else file.tell() / max(1, found.n_bytes)
    return (n_newlines or n_returns) + (last not in b"\r\n\0"), min(1.0, part)


def _rounded(count: float) -> int:
    """Return a guess with no more figures than it deserves."""
    digits = max(0, len(str(int(count))) - 2)
    return max(1, int(round(count, -digits)))
