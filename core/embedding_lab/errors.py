"""Errors a person can act on: what happened, where, and what to do.

Every error that reaches the window or the command line derives from :class:`LabError`; its text
is a plain sentence, never a traceback.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

NAMES_LISTED = 12


class LabError(Exception):
    """A failure that is explained to the user.

    Parameters
    ----------
    message : str
        One plain sentence: what happened, and to which file, row or name.
    hint : str, optional
        One plain sentence: what to do about it.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class UsageError(LabError):
    """The request itself makes no sense (wrong option, unknown name)."""


class InputError(LabError):
    """A file or folder the user gave cannot be used as it is."""


class WorkspaceError(LabError):
    """The workspace folder is missing, damaged, newer than this program, or read-only."""


class EncoderError(LabError):
    """A folder is no usable encoder, or the encoder cannot do what was asked."""


class HubError(LabError):
    """A hub cannot be reached, or does not give what was asked of it."""


def did_you_mean(name: str, known: Iterable[str], heading: str) -> str:
    """Return a hint for an unknown name: the one it resembles, and those there are.

    Parameters
    ----------
    name : str
        What was asked for.
    known : iterable of str
        What there is.
    heading : str
        What the list is called in the sentence: ``Corpora here``.
    """
    names = list(known)
    folded = {item.casefold(): item for item in names}
    close = difflib.get_close_matches(name.casefold(), folded, n=1)
    listed = ", ".join(names[:NAMES_LISTED]) or "none yet"
    more = f" and {len(names) - NAMES_LISTED:,} more" if len(names) > NAMES_LISTED else ""
    question = f"Did you mean {folded[close[0]]}? " if close else ""
    return f"{question}{heading}: {listed}{more}."
