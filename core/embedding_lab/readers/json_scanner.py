"""Walking through a JSON text value by value, with only a window of it in memory."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from embedding_lab.readers.items import MAX_CHARACTERS
from embedding_lab.readers.json_lines import DECODER
from embedding_lab.readers.lines import damage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

WINDOW = 2**16
# The longest piece that may be cut by the window's end and reported anywhere but there.
LONGEST_TOKEN = 16
SPACE = re.compile(r"[ \t\r\n]*")
OBJECT_LINE = re.compile(r"\n([ \t]*)\{")


class BrokenJson(ValueError):  # noqa: N818 - it is a finding about the file, not a failure
    """A value that cannot be read; ``str()`` says why, in words."""


class JsonScanner:
    """A position in a JSON text that is read as it goes.

    Parameters
    ----------
    file : TextIO
        The text; line ends must be translated.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._text = ""
        self._at = 0
        self._line = 1
        self._counted_to = 0
        self._is_at_end = False

    @property
    def line(self) -> int:
        """The number of the line the position is on."""
        self._line += self._text.count("\n", self._counted_to, self._at)
        self._counted_to = self._at
        return self._line

    def peek(self) -> str:
        """Move to the next character that is no space and return it; ``""`` at the end."""
        while True:
            self._at = SPACE.match(self._text, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._read(WINDOW):
                return ""

    def take(self, character: str) -> bool:
        """Move behind ``character`` if it comes next; return whether it did."""
        if self.peek() != character:
            return False
        self._at += 1
        return True

    def value(self) -> Any:
        """Return the value that comes next and move behind it.

        Raises
        ------
        BrokenJson
            If it is broken; the position stays before it.
        """
        self.peek()
        while True:
            try:
                value, end = DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if self._may_be_cut(error) and self._read(len(self._text)):
                    continue
                raise BrokenJson(self._reason(error)) from error
            except RecursionError as error:
                raise BrokenJson("broken JSON: nested too deeply") from error
            except ValueError as error:
                raise BrokenJson("broken JSON: a number has too many digits") from error
            # A number at the very end of the window may go on behind it.
            is_at_end = end == len(self._text) and not isinstance(value, (dict, list, str))
            if is_at_end and self._read(WINDOW):
                continue
            reason = damage(self._text[self._at : end])
            if reason:
                raise BrokenJson(reason)
            self._at = end
            return value

    def excerpt(self) -> str:
        """Return the text at the position."""
        return self._text[self._at : self._at + 500]

    def recover(self) -> bool:
        """Move to the next line that begins an object like the broken one; return if there is one.

        Objects on lines indented deeper than the broken one belong to its inside.
        """
        start = self._text.rfind("\n", 0, self._at) + 1
        before = self._text[start : self._at]
        depth = len(before) if not before.strip() else None
        while True:
            for found in OBJECT_LINE.finditer(self._text, self._at):
                if depth is None or len(found[1]) <= depth:
                    self._at = found.end() - 1
                    return True
            # The line end before an object must stay in the window.
            last_end = self._text.rfind("\n", self._at)
            self._at = last_end if last_end >= 0 else len(self._text)
            if not self._read(WINDOW):
                self._at = len(self._text)
                return False

    def _may_be_cut(self, error: json.JSONDecodeError) -> bool:
        if len(self._text) - self._at > MAX_CHARACTERS:
            return False
        is_open = error.msg.startswith("Unterminated string")
        return is_open or error.pos >= len(self._text) - LONGEST_TOKEN

    def _reason(self, error: json.JSONDecodeError) -> str:
        line = self.line + self._text.count("\n", self._at, error.pos)
        if self._is_at_end and self._may_be_cut(error):
            return "broken JSON: the file ends inside it"
        message = error.msg[:1].lower() + error.msg[1:].removesuffix(" at")
        return f"broken JSON at line {line:,}: {message}"

    def _read(self, n_characters: int) -> bool:
        more = "" if self._is_at_end else self._file.read(max(n_characters, WINDOW))
        if not more:
            self._is_at_end = True
            return False
        # What lies behind the position is forgotten, but for the line it stands on.
        keep_from = max(0, self._text.rfind("\n", 0, self._at + 1), self._at - WINDOW)
        self._line += self._text.count("\n", self._counted_to, keep_from)
        self._counted_to = max(self._counted_to, keep_from) - keep_from
        self._text = self._text[keep_from:] + more
        self._at -= keep_from
        return True


def array_items(scanner: JsonScanner) -> Iterator[tuple[int, Any]]:
    """Yield line and value of every item of the array that comes next, and move behind it.

    A broken item is yielded as a :class:`BrokenJson`; where no further item can be found behind
    it, the array ends there.
    """
    scanner.take("[")
    while True:
        if scanner.take("]"):
            return
        if scanner.take(","):
            continue
        line = scanner.line
        if not scanner.peek():
            yield line, BrokenJson("the file ends inside the list")
            return
        try:
            yield line, scanner.value()
        except BrokenJson as error:
            yield line, error
            if not scanner.recover():
                return


def members(scanner: JsonScanner) -> Iterator[tuple[int, str]]:
    """Yield line and name of each member of the object that comes next.

    The consumer must read the member's value from the scanner before it asks for the next one.

    Raises
    ------
    BrokenJson
        If the object itself is broken.
    """
    scanner.take("{")
    while not scanner.take("}"):
        line = scanner.line
        key = scanner.value()
        if not isinstance(key, str) or not scanner.take(":"):
            raise BrokenJson(f"broken JSON at line {scanner.line:,}: expected a name and a colon")
        yield line, key
        scanner.take(",")
