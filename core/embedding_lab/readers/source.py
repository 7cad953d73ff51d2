"""Opening a file once: its bytes are hashed and counted on their way to the reader."""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from embedding_lab.readers.encoding import MARK_ERRORS

if TYPE_CHECKING:
    from pathlib import Path

GZIP_MAGIC = b"\x1f\x8b"
CHUNK = 2**18

# What a damaged gzip file may raise while it is read.
DAMAGED = (EOFError, gzip.BadGzipFile, zlib.error)


class HashingFile:
    """A file read once from beginning to end, whose SHA-256 is known afterwards.

    Attributes
    ----------
    n_read : int
        How many bytes of the file have been read so far.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)
        self._digest = hashlib.sha256()
        self.n_read = 0

    def __enter__(self) -> HashingFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read_into(self, buffer: Any) -> int:
        """Fill ``buffer`` with the next bytes and return how many there were."""
        count = self._file.readinto(buffer) or 0
        self._digest.update(memoryview(buffer)[:count])
        self.n_read += count
        return count

    def stream(self) -> io.RawIOBase:
        """Return the file as a stream; closing that leaves the file open."""
        return _Stream(self)

    def digest(self) -> str:
        """Read what is left and return the SHA-256 of the whole file."""
        buffer = bytearray(CHUNK)
        while self.read_into(buffer):
            pass
        return self._digest.hexdigest()


class _Stream(io.RawIOBase):
    """What a text layer may close when it is done with it."""

    def __init__(self, file: HashingFile) -> None:
        super().__init__()
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._file.read_into(buffer)


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with HashingFile(path) as file:
        return file.digest()


def open_bytes(file: io.RawIOBase | BinaryIO, *, is_gzip: bool) -> io.BufferedReader:
    """Return the content of an open file, unpacked if it is compressed."""
    if not is_gzip:
        return io.BufferedReader(cast("io.RawIOBase", file), CHUNK)
    unpacked = gzip.GzipFile(fileobj=cast("BinaryIO", file), mode="rb")
    return io.BufferedReader(cast("io.RawIOBase", unpacked), CHUNK)


def open_text(
    content: io.BufferedIOBase, encoding: str, *, newline: str | None = ""
) -> io.TextIOWrapper:
    r"""Return content as text; what does not decode becomes a mark that readers look for.

    Parameters
    ----------
    content : io.BufferedIOBase
        From :func:`open_bytes`.
    encoding : str
        The file's encoding.
    newline : str or None, default ""
        As for ``open``: ``""`` keeps every kind of line end, ``None`` turns them into ``\n``.
    """
    return io.TextIOWrapper(
        cast("BinaryIO", content), encoding=encoding, errors=MARK_ERRORS, newline=newline
    )
