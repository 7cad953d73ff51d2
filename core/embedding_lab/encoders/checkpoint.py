"""Safetensors files, judged by their headers alone."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from embedding_lab.errors import EncoderError

if TYPE_CHECKING:
    from pathlib import Path

# The format's own limit; a larger number means that the file is something else.
LONGEST_HEADER = 100_000_000


@dataclass(frozen=True)
class TensorInfo:
    """One tensor of a file."""

    name: str
    dtype: str
    shape: tuple[int, ...]


def read_header(path: Path) -> list[TensorInfo]:
    """Return the tensors of a safetensors file after checking that all their bytes are there.

    Raises
    ------
    EncoderError
        If the file is cut short or no safetensors file.
    """
    n_bytes = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if n_bytes < 8 or length > LONGEST_HEADER:
            raise EncoderError(
                f"The file {path} is no safetensors file.", hint="Download the encoder again."
            )
        header = file.read(length)
    if len(header) < length:
        raise _cut_short(path, n_bytes, 8 + length)
    try:
        entries = json.loads(header)
        entries.pop("__metadata__", None)
        expected = 8 + length + max((e["data_offsets"][1] for e in entries.values()), default=0)
        tensors = [TensorInfo(k, e["dtype"], tuple(e["shape"])) for k, e in entries.items()]
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise EncoderError(
            f"The header of {path} is damaged.", hint="Download the encoder again."
        ) from error
    if n_bytes < expected:
        raise _cut_short(path, n_bytes, expected)
    return tensors


def count_parameters(tensors: list[TensorInfo]) -> int:
    """Return how many numbers the tensors hold."""
    return sum(math.prod(tensor.shape) for tensor in tensors)


def _cut_short(path: Path, n_bytes: int, expected: int) -> EncoderError:
    return EncoderError(
        f"The file {path} is cut short: it has {n_bytes:,} bytes and should have at least "
        f"{expected:,}.",
        hint="Download or copy the encoder again.",
    )
