"""What names an encoder on a hub: ``organisation/name``, and perhaps ``@revision``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from embedding_lab.errors import UsageError

DEFAULT_REVISION = "main"
_PART = r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?"
_ID = re.compile(rf"{_PART}/{_PART}")
_REVISION = re.compile(r"[^\s\x00-\x1f\x7f]{1,250}")
_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class HubAddress:
    """A repository of a hub at one revision.

    Attributes
    ----------
    id : str
        ``organisation/name``.
    revision : str
        A branch, a tag or the 40 letters of a commit.
    """

    id: str
    revision: str = DEFAULT_REVISION

    @property
    def name(self) -> str:
        """The part behind the slash."""
        return self.id.partition("/")[2]

    @property
    def is_commit(self) -> bool:
        """Whether the revision can never mean anything else."""
        return is_commit(self.revision)

    def __str__(self) -> str:
        return self.id if self.revision == DEFAULT_REVISION else f"{self.id}@{self.revision}"


def is_commit(revision: str) -> bool:
    """Whether a revision is a full commit."""
    return _COMMIT.fullmatch(revision) is not None


def looks_like_address(text: str) -> bool:
    """Whether a text has the form ``organisation/name`` or ``organisation/name@revision``."""
    # Two hyphens or dots in a row are in no id of a hub; in a folder's name they would mean harm.
    name = text.partition("@")[0]
    return _ID.fullmatch(name) is not None and not {"--", ".."} & {
        name[i : i + 2] for i in range(len(name))
    }


def parse_address(text: str, revision: str = "") -> HubAddress:
    """Return what ``organisation/name`` or ``organisation/name@revision`` names.

    Parameters
    ----------
    text : str
        What a person typed.
    revision : str, optional
        The revision, if it is said apart from the rest.

    Raises
    ------
    UsageError
        If it has another form, or names two revisions.
    """
    name, mark, said = text.strip().partition("@")
    if not looks_like_address(name):
        raise UsageError(
            f"{text.strip() or 'Nothing'} is no name of an encoder on a hub.",
            hint="It has the form organisation/name; `embedding-lab encoder find WORDS` looks for "
            "one.",
        )
    if mark and revision and said != revision:
        raise UsageError(f"Two revisions are named, {said} and {revision}.", hint="Name one.")
    wanted = said if mark else revision or DEFAULT_REVISION
    if not _REVISION.fullmatch(wanted):
        raise UsageError(
            f"{wanted or 'Nothing'} is no revision.", hint="Name a branch, a tag or a commit."
        )
    return HubAddress(name, wanted)
