"""The small file in a workspace folder that opens it: a double click needs a file, not a folder."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from embedding_lab.errors import LabError, WorkspaceError
from embedding_lab.storage import read_json, write_json

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)

SUFFIX = ".embedlab"
POINTER_FILE = f"Open in Embedding Lab{SUFFIX}"
KIND = "embedding-lab workspace"


def write_pointer(folder: Path, schema_version: int) -> None:
    """Put the file into a workspace folder; one that says the same already is left alone.

    A workspace opens without it too, so a failure is only noted.
    """
    path = folder / POINTER_FILE
    record = {"kind": KIND, "schema_version": schema_version}
    try:
        if not _is_same(path, record):
            write_json(path, record)
    except OSError as error:
        log.warning("cannot write %s: %s", path, error)


def pointed_folder(path: Path) -> Path | None:
    """Return the workspace folder that a path means: itself, or the one a pointer file lies in.

    Parameters
    ----------
    path : Path
        A file or folder somebody wants to open.

    Returns
    -------
    Path or None
        ``None`` if the path is neither.

    Raises
    ------
    WorkspaceError
        If it is a pointer file that was taken out of its workspace, or damaged.
    """
    from embedding_lab.workspace.workspace import WORKSPACE_FILE

    if path.is_dir():
        return path if (path / WORKSPACE_FILE).exists() else None
    if path.suffix.lower() != SUFFIX or not path.is_file():
        return None
    try:
        record = read_json(path)
    except LabError as error:
        raise WorkspaceError(
            f"{path} cannot be read.", hint="Open the workspace's folder instead."
        ) from error
    if not isinstance(record, dict) or record.get("kind") != KIND:
        raise WorkspaceError(f"{path} does not lead to a workspace of Embedding Lab.")
    if not (path.parent / WORKSPACE_FILE).exists():
        raise WorkspaceError(
            f"{path.name} opens the workspace it lies in, but {path.parent} is none.",
            hint="Open the file in the workspace's own folder, or that folder.",
        )
    return path.parent


def _is_same(path: Path, record: dict[str, object]) -> bool:
    try:
        return path.exists() and read_json(path) == record
    except LabError:
        return False
