"""A job's progress on standard error: one line that is redrawn, or a line now and then."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING, TextIO

from embedding_lab.cli.answer import one_line, shorten
from embedding_lab.jobs.events import JobLogged, JobProgressed
from embedding_lab.jobs.meter import ProgressMeter, describe_progress

if TYPE_CHECKING:
    from embedding_lab.jobs.events import Event

REDRAW_EVERY_S = 0.1
PLAIN_EVERY_S = 5.0
CLEAR_LINE = "\r\x1b[K"


class ProgressLine:
    """A sink for job events that writes for a person.

    On a terminal the line is redrawn in place; in a file or a pipe, which keeps all that is
    written, a plain line every few seconds does.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_terminal = stream.isatty()
        self._meter = ProgressMeter()
        self._every_s = REDRAW_EVERY_S if self._is_terminal else PLAIN_EVERY_S
        # A file is told nothing of a job that ends within the first few seconds.
        self._last = 0.0 if self._is_terminal else time.monotonic()
        self._is_drawn = False

    def __call__(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, JobProgressed):
            self._progress(event)
        elif isinstance(event, JobLogged):
            mark = "Warning: " if event.level == "warning" else ""
            self.say(mark + event.message)

    def say(self, sentence: str) -> None:
        """Write a line of its own, above the progress."""
        self.clear()
        self._write(one_line(sentence) + "\n")

    def clear(self) -> None:
        """Take the progress line away."""
        if self._is_drawn:
            self._write(CLEAR_LINE)
        self._is_drawn = False

    def _progress(self, event: JobProgressed) -> None:
        pace = self._meter.update(event)
        now = time.monotonic()
        if now - self._last < self._every_s:
            return
        self._last = now
        line = one_line(describe_progress(event, pace))
        if self._is_terminal:
            columns = shutil.get_terminal_size((80, 24)).columns
            self._write(CLEAR_LINE + shorten(line, columns - 1))
            self._is_drawn = True
        else:
            self._write(line + "\n")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
