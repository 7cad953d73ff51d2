"""The record of a workspace: which format it has, and who may read and write that.

Every program writes one format. A workspace of an earlier format is read as it is, and upgraded
before anything is written to it. One of a later format is read if the program that wrote it says
that this is harmless, and never written to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from embedding_lab.errors import WorkspaceError
from embedding_lab.storage import read_json, write_json

if TYPE_CHECKING:
    from pathlib import Path

WORKSPACE_FILE = "workspace.json"

# 1: the first programs. 2: every corpus keeps its sources in its database, which has a column and a
# table for pictures. The steps between them are in `migrations`.
SCHEMA_VERSION = 2
# Programs that know only formats before this one cannot read what this one writes.
OLDEST_READER = 2
# Stands in the record while files are being changed to another format: what is done, from which
# format, and the backup it goes back to.
CHANGING = "changing"


class UpgradeNeededError(WorkspaceError):
    """A workspace of an earlier format was to be written to; it needs an upgrade first.

    Attributes
    ----------
    folder : Path
        Where it lies.
    version : int
        The format it has.
    is_unfinished : bool
        Whether an upgrade was begun and cut short.
    """

    def __init__(self, folder: Path, record: dict[str, Any]) -> None:
        self.folder = folder
        self.version = format_of(record)
        self.is_unfinished = CHANGING in record
        begun = "An upgrade of it was begun and cut short. " if self.is_unfinished else ""
        super().__init__(
            f"The workspace {record['name']} is of format {self.version}, from an earlier version "
            f"of Embedding Lab; this one writes format {SCHEMA_VERSION}. {begun}".strip(),
            hint=f'Upgrade it with `embedding-lab workspace upgrade "{folder}"`. A backup is kept '
            "inside it; earlier versions can no longer write to it afterwards.",
        )


class RestoreNeededError(WorkspaceError):
    """Going back to a backup was begun and cut short; it must be done to the end first."""

    def __init__(self, folder: Path, record: dict[str, Any]) -> None:
        super().__init__(
            f"Going back to a backup of the workspace {record['name']} was cut short.",
            hint=f'Finish it with `embedding-lab workspace restore-backup "{folder}"`.',
        )


def read_record(folder: Path) -> dict[str, Any]:
    """Return the record of the workspace in a folder.

    Raises
    ------
    WorkspaceError
        If the folder is no workspace, or the record is damaged.
    """
    if not (folder / WORKSPACE_FILE).exists():
        raise WorkspaceError(
            f"{folder} is no workspace: it has no {WORKSPACE_FILE}.",
            hint="Make one with `embedding-lab workspace new DIR` or Workspace ▸ New.",
        )
    record = read_json(folder / WORKSPACE_FILE)
    if not _is_sound(record):
        raise WorkspaceError(
            f"The record {folder / WORKSPACE_FILE} is damaged.",
            hint="Put a copy of it from a backup of your own in its place.",
        )
    return dict(record)


def _is_sound(record: Any) -> bool:
    if not isinstance(record, dict) or type(record.get("schema_version")) is not int:
        return False
    if not isinstance(record.get("id"), str) or not isinstance(record.get("name"), str):
        return False
    # What a later program is changing is its own affair: nothing is written then.
    if CHANGING not in record or record["schema_version"] > SCHEMA_VERSION:
        return True
    changing = record[CHANGING]
    return (
        isinstance(changing, dict)
        and changing.get("act") in {"upgrade", "restore"}
        and type(changing.get("from")) is int
        and isinstance(changing.get("backup"), str)
    )


def format_of(record: dict[str, Any]) -> int:
    """Return the format a workspace has; until an upgrade is finished, the one before."""
    written = int(record["schema_version"])
    is_ours = CHANGING in record and written <= SCHEMA_VERSION
    return int(record[CHANGING]["from"]) if is_ours else written


def write_record(folder: Path, record: dict[str, Any]) -> None:
    """Put a record in place of the present one."""
    write_json(folder / WORKSPACE_FILE, record)


def require_readable(folder: Path, record: dict[str, Any]) -> None:
    """Raise a :class:`WorkspaceError` if only newer programs can read a workspace."""
    oldest = record.get("oldest_reader", 0)
    if isinstance(oldest, int) and oldest > SCHEMA_VERSION:
        raise WorkspaceError(
            f"The workspace {record['name']} was written by a newer Embedding Lab (format "
            f"{record['schema_version']}), and this version cannot read that.",
            hint=f"Open {folder} with the newer version.",
        )


def require_current(folder: Path, record: dict[str, Any]) -> None:
    """Raise what is needed before anything may be written to a workspace.

    Raises
    ------
    RestoreNeededError
        If going back to a backup was cut short.
    UpgradeNeededError
        If the workspace is of an earlier format, or an upgrade of it was cut short.
    """
    changing = record.get(CHANGING)
    if changing and changing["act"] == "restore":
        raise RestoreNeededError(folder, record)
    if changing or record["schema_version"] < SCHEMA_VERSION:
        raise UpgradeNeededError(folder, record)
