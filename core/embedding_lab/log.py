"""The program's log file, and what a run leaves behind when it ends badly.

Nothing of it leaves the machine.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from typing import TYPE_CHECKING, TextIO

from filelock import FileLock, Timeout

from embedding_lab import paths

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

KEPT_CRASHES = 5


def start_logging() -> None:
    """Write warnings and worse to a rotating file in the log folder."""
    handler = RotatingFileHandler(
        paths.log_file(), maxBytes=2_000_000, backupCount=3, encoding="utf-8"
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    root.addHandler(handler)


@dataclass(frozen=True)
class Problem:
    """An error that nobody expected, as far as it is kept: not the objects it happened to."""

    kind: str
    message: str
    frames: list[traceback.FrameSummary]

    @property
    def key(self) -> tuple[str, str, int]:
        """The same for the same error at the same place."""
        last = self.frames[-1] if self.frames else None
        return (self.kind, last.filename, last.lineno or 0) if last else (self.kind, "", 0)


def problem_of(error: BaseException, trace: TracebackType | None) -> Problem:
    """Return what is kept of an exception."""
    return Problem(type(error).__name__, str(error), list(traceback.extract_tb(trace)))


class RunMark:
    """A file that is there while the program runs, and stays when it dies.

    Crashes below Python (in a library, or the interpreter) are written to it. Several programs may
    run at once: each holds the lock of its own file, so that a start can tell who is alive.
    """

    def __init__(self) -> None:
        self._path = paths.log_folder() / f"run-{os.getpid()}.txt"
        self._lock = FileLock(self._path.with_suffix(".lock"), thread_local=False)
        self._file: TextIO | None = None

    def begin(self) -> None:
        """Make the file, and let crashes be written to it."""
        self._lock.acquire(timeout=0)
        self._file = self._path.open("w", encoding="utf-8")
        faulthandler.enable(self._file)

    def end(self) -> None:
        """Take the file away: the program ends as it should."""
        if self._file is None:
            return
        faulthandler.disable()
        self._file.close()
        self._file = None
        self._path.unlink(missing_ok=True)
        _let_go(self._lock)


@dataclass(frozen=True)
class BadEnd:
    """A run that did not end as it should. ``text`` is empty when it was killed from outside."""

    at: float
    text: str


def bad_ends() -> list[BadEnd]:
    """Return the runs that ended badly since the last time somebody asked, newest last.

    What they left behind is kept as ``crash-….txt`` in the log folder, the newest five.
    """
    found = []
    for path in sorted(paths.log_folder().glob("run-*.txt"), key=_changed):
        lock = FileLock(path.with_suffix(".lock"), thread_local=False)
        try:
            lock.acquire(timeout=0)
        except (Timeout, OSError):
            continue
        with suppress(OSError):
            found.append(_put_away(path))
        _let_go(lock)
    for old in sorted(paths.log_folder().glob("crash-*.txt"))[:-KEPT_CRASHES]:
        old.unlink(missing_ok=True)
    return found


def _put_away(path: Path) -> BadEnd:
    at, text = _changed(path), path.read_text(encoding="utf-8", errors="replace").strip()
    stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(at))
    if text:
        path.replace(path.with_name(f"crash-{stamp}-{path.stem.removeprefix('run-')}.txt"))
    else:
        path.unlink(missing_ok=True)
    return BadEnd(at, text)


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _let_go(lock: FileLock) -> None:
    lock.release()
    with suppress(OSError):
        os.unlink(lock.lock_file)  # noqa: PTH108 - the library gives its path as a string
