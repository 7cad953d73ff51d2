"""Errors a person can act on: what happened, where, and what to do.

Every error that reaches the window or the command line derives from :class:`LabError`; its text
is a plain sentence, never a traceback.
"""

from __future__ import annotations


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
