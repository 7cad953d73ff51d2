"""Whether a workspace may be written: what its format allows, and who else is writing to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab.errors import LabError
from embedding_lab.workspace.lock import WorkspaceLock
from embedding_lab.workspace.record import SCHEMA_VERSION, format_of, read_record, require_current

if TYPE_CHECKING:
    from pathlib import Path


class Access:
    """The lock of a workspace folder, and its format, which may forbid taking it.

    Attributes
    ----------
    version : int
        The format of the workspace.
    """

    def __init__(self, folder: Path, version: int) -> None:
        self._folder = folder
        self._lock = WorkspaceLock(folder)
        self.version = version

    @property
    def is_earlier(self) -> bool:
        """Whether the format is an earlier one, which an upgrade brings up to date."""
        return self.version < SCHEMA_VERSION

    def only_read(self) -> str:
        """Return why nothing can be written if nobody asked for it, as a sentence."""
        if self.is_earlier:
            return f"It is from an earlier version (format {self.version}) and was not upgraded."
        return "It was opened for reading."

    def take(self) -> str:
        """Take the lock; return why nothing can be written, empty if it can.

        Raises
        ------
        UpgradeNeededError
            If an upgrade would change that.
        """
        if self.version > SCHEMA_VERSION:
            return (
                f"It was written by a newer Embedding Lab (format {self.version}, this program "
                f"knows {SCHEMA_VERSION})."
            )
        if not self._lock.take():
            return self._lock.why_not()
        try:
            # Who held the lock before may have upgraded it just now.
            record = read_record(self._folder)
            require_current(self._folder, record)
            self.version = format_of(record)
        except LabError:
            self._lock.release()
            raise
        return ""

    def way_to_write(self) -> str:
        """Return what to do about a workspace that cannot be written."""
        if self.version > SCHEMA_VERSION:
            return "Use the newer version to change it."
        if self.is_earlier:
            return f'Upgrade it with `embedding-lab workspace upgrade "{self._folder}"`.'
        return "Close it there and try again."

    def release(self) -> None:
        """Let go of the lock; harmless when it is not held."""
        self._lock.release()
