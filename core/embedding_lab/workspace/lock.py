"""One writer per workspace: a lock that the system lets go of when its holder dies."""

from __future__ import annotations

import getpass
import os
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from embedding_lab.errors import LabError
from embedding_lab.storage import from_record, is_full_disk, read_json, write_json

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class LockHolder:
    """Who is writing to a workspace right now."""

    pid: int
    host: str
    user: str

    def __str__(self) -> str:
        return f"process {self.pid} of {self.user} on {self.host}"


class WorkspaceLock:
    """Taken when a workspace is opened for writing; held until :meth:`release`."""

    def __init__(self, folder: Path) -> None:
        self._holder_path = folder / ".lock-holder.json"
        # One program may open a workspace from one thread and close it from another.
        self._lock = FileLock(folder / ".lock", thread_local=False)
        self._is_held_elsewhere = False

    def take(self) -> bool:
        """Try to take the lock without waiting; return whether it is ours."""
        self._is_held_elsewhere = False
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            self._is_held_elsewhere = True
            return False
        except OSError:
            return False
        holder = {"pid": os.getpid(), "host": socket.gethostname(), "user": _user()}
        try:
            write_json(self._holder_path, holder)
        except OSError as error:
            if not is_full_disk(error):
                self._lock.release()
                return False
            # Something must be deleted now, and for that it must be ours; others are only not told
            # whose it is.
            self._holder_path.unlink(missing_ok=True)
        return True

    def holder(self) -> LockHolder | None:
        """Return who wrote the lock last, if it can be read."""
        try:
            return from_record(LockHolder, read_json(self._holder_path))
        except (LabError, TypeError):
            return None

    def why_not(self) -> str:
        """Return why the lock could not be taken, as a sentence."""
        if not self._is_held_elsewhere:
            return "Its folder cannot be written."
        holder = self.holder()
        return f"It is open elsewhere ({holder})." if holder else "It is open elsewhere."

    def release(self) -> None:
        """Let go of the lock; harmless when it is not held."""
        self._lock.release()


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "an unknown user"
