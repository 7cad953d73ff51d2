"""A program that dies while it upgrades a workspace, or goes back: at the file operation named.

Arguments: ``upgrade`` or ``restore``, the workspace's folder, and after how many operations to die.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from pathlib import Path
from typing import Any

from embedding_lab.workspace.upgrade import restore_backup, upgrade_workspace

WATCHED = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.copyfile"}


class Fuse:
    """Kills the process at the operation of this number."""

    def __init__(self, folder: str, left: int) -> None:
        self._folder = folder
        self._left = left

    def burn(self) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in WATCHED and str(arguments[0]).startswith(self._folder):
            self.burn()


def burn_in_databases(fuse: Fuse) -> None:
    """Count every statement too: SQLite's own file operations are not audited."""

    class Connection(sqlite3.Connection):
        def execute(self, *arguments: Any) -> sqlite3.Cursor:
            fuse.burn()
            return super().execute(*arguments)

    connect = sqlite3.connect
    sqlite3.connect = lambda *args, **named: connect(*args, factory=Connection, **named)


if __name__ == "__main__":
    act, folder, number = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    fuse = Fuse(str(folder), number)
    burn_in_databases(fuse)
    sys.addaudithook(fuse.audit)
    print((upgrade_workspace if act == "upgrade" else restore_backup)(folder))
