"""A file on its way: what has come is kept across interruptions and proven at the end."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from embedding_lab.errors import HubError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from embedding_lab.hub.repository import HubFile

SUFFIX = ".part"
BLOCK = 1 << 20
# A disk that is told only at the end to keep gigabytes takes seconds that cannot be cancelled.
SYNC_EVERY = 32 * BLOCK


class PartFile:
    """Beside the file it will become. What an earlier attempt left is taken over.

    Parameters
    ----------
    target : Path
        What it will become.
    file : HubFile
        What the hub tells of it.
    check : callable
        Called now and then while an earlier part is read; raises to cancel.
    """

    def __init__(self, target: Path, file: HubFile, check: Callable[[], None]) -> None:
        self._target = target
        self._file = file
        self._path = part_path(target)
        self._handle = self._path.open("a+b")
        self.n_bytes = 0
        self._n_unsynced = 0
        self._digest = self._new_digest()
        self._take_over(check)

    def __enter__(self) -> PartFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._handle.close()

    @property
    def is_whole(self) -> bool:
        """Whether all bytes have come."""
        return self.n_bytes == self._file.n_bytes

    def restart(self) -> None:
        """Forget what has come."""
        self._handle.truncate(0)
        self.n_bytes = 0
        self._digest = self._new_digest()

    def write(self, chunk: bytes) -> None:
        """Add what has come.

        Raises
        ------
        HubError
            If it is more than the file has.
        """
        if self.n_bytes + len(chunk) > self._file.n_bytes:
            self._give_up("is longer than announced")
        self._handle.write(chunk)
        self._digest.update(chunk)
        self.n_bytes += len(chunk)
        self._n_unsynced += len(chunk)
        if self._n_unsynced >= SYNC_EVERY:
            self._sync()

    def finish(self) -> None:
        """Prove the content and move it into place.

        Raises
        ------
        HubError
            If it is not what the hub says it is; the part is deleted.
        """
        expected = self._file.sha256 or self._file.git_sha1
        if expected and self._digest.hexdigest() != expected:
            self._give_up("has another checksum than announced")
        self._sync()
        self._handle.close()
        self._path.replace(self._target)

    def _sync(self) -> None:
        self._handle.flush()
        os.fsync(self._handle.fileno())
        self._n_unsynced = 0

    def _give_up(self, what: str) -> None:
        self._handle.close()
        self._path.unlink(missing_ok=True)
        raise HubError(
            f"What came of {self._file.name} {what}, so it was deleted.",
            hint="Try again. If it happens again, something on the way to this machine "
            "changes files.",
        )

    def _take_over(self, check: Callable[[], None]) -> None:
        if self._path.stat().st_size > self._file.n_bytes:
            self.restart()
        self._handle.seek(0)
        while block := self._handle.read(BLOCK):
            check()
            self._digest.update(block)
            self.n_bytes += len(block)

    def _new_digest(self) -> Any:
        if self._file.sha256 or not self._file.git_sha1:
            return hashlib.sha256()
        digest = hashlib.sha1(usedforsecurity=False)
        digest.update(f"blob {self._file.n_bytes}\0".encode())
        return digest


def part_path(target: Path) -> Path:
    """Return where the part of a file lies."""
    return target.with_name(target.name + SUFFIX)
