"""Copies of files of a workspace, taken before they are changed, to go back to.

A backup lies in ``backups/<name>/``: the copies below ``files/``, and ``backup.json``, which tells
what each one is. It appears by one rename, after every copy has been read back and proven.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from embedding_lab.errors import UsageError, WorkspaceError
from embedding_lab.storage import path_below, read_json, require_space, write_json
from embedding_lab.version import __version__
from embedding_lab.workspace.readable import holders, readable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

FOLDER, FILES, RECORD, UNFINISHED = "backups", "files", "backup.json", ".tmp"
BLOCK = 1 << 20
# Room for records, and for what the changes themselves add.
SPARE_BYTES = 10_000_000


@dataclass(frozen=True)
class BackedFile:
    """One file of a backup; ``digest`` is empty for one that was not there."""

    path: str
    n_bytes: int
    digest: str


@dataclass(frozen=True)
class Backup:
    """One whole backup.

    Attributes
    ----------
    name : str
        The name of its folder.
    folder : Path
        Where it lies.
    reason : str
        What it was taken before, for the user: ``before the upgrade to format 2``.
    version : int
        The format that the workspace had.
    created : float
        Seconds since the epoch.
    files : tuple of BackedFile
        What it holds, with paths relative to the workspace.
    """

    name: str
    folder: Path
    reason: str
    version: int
    created: float
    files: tuple[BackedFile, ...]

    @property
    def n_bytes(self) -> int:
        """Size of all copies."""
        return sum(file.n_bytes for file in self.files)

    @property
    def n_files(self) -> int:
        """How many copies it holds."""
        return sum(1 for file in self.files if file.digest)


@dataclass(frozen=True)
class Watch:
    """Who is told how far it has come.

    ``progress`` gets the bytes done and those in all; ``check`` may raise to cancel.
    """

    check: Callable[[], None] = lambda: None
    progress: Callable[[int, int], None] = lambda done, total: None


def make_backup(
    workspace: Path, paths: Sequence[Path], *, version: int, reason: str, watch: Watch
) -> Backup:
    """Copy files into a new backup and prove the copies.

    Parameters
    ----------
    workspace : Path
        The workspace's folder.
    paths : sequence of Path
        Files relative to it; of one that is not there, that is remembered.
    version, reason
        As in :class:`Backup`.
    watch : Watch
        Told of every megabyte.

    Raises
    ------
    LabError
        If the disk has no room, or a copy differs from what was copied.
    """
    home = workspace / FOLDER
    home.mkdir(exist_ok=True)
    _sweep(home)
    total = sum(_size(workspace / path) for path in paths)
    require_space(home, total + SPARE_BYTES, "The backup of what is changed")
    name = _unused_name(home, version)
    staged = home / f"{name}{UNFINISHED}"
    copier = _Copier(total, watch)
    try:
        files = [copier.copy(workspace, path, staged / FILES) for path in paths]
        record = {
            "reason": reason,
            "version": version,
            "created": time.time(),
            "app_version": __version__,
            "files": [asdict(file) for file in files],
        }
        staged.mkdir(exist_ok=True)
        write_json(staged / RECORD, record)
        staged.replace(home / name)
    except BaseException:
        shutil.rmtree(staged, ignore_errors=True)
        raise
    return read_backup(home / name)


def list_backups(workspace: Path) -> list[Backup]:
    """Return the whole backups of a workspace, oldest first."""
    whole = (
        folder for folder in holders(workspace / FOLDER, RECORD) if folder.suffix != UNFINISHED
    )
    return sorted(readable(whole, read_backup), key=lambda backup: backup.created)


def find_backup(workspace: Path, name: str = "") -> Backup:
    """Return the backup of this name, or the newest one.

    Raises
    ------
    UsageError
        If there is none.
    """
    backups = list_backups(workspace)
    for backup in reversed(backups):
        if name in {"", backup.name}:
            return backup
    known = ", ".join(backup.name for backup in backups)
    raise UsageError(
        f"There is no backup named {name}." if name else "This workspace has no backup.",
        hint=f"Backups here: {known}." if known else "Backups are made before an upgrade.",
    )


def delete_backup(backup: Backup) -> None:
    """Delete a backup for good; nobody but the workspace's only writer may.

    It is gone by one rename. Files that cannot be deleted then are tried again the next time a
    backup is made or deleted.
    """
    backup.folder.replace(backup.folder.with_name(f"{backup.name}{UNFINISHED}"))
    _sweep(backup.folder.parent)


def _sweep(home: Path) -> None:
    for left in home.glob(f"*{UNFINISHED}"):
        shutil.rmtree(left, ignore_errors=True)


def read_backup(folder: Path) -> Backup:
    """Return the backup in a folder.

    Raises
    ------
    WorkspaceError
        If its record is damaged, or names files outside the workspace.
    """
    record = read_json(folder / RECORD)
    try:
        files = tuple(
            BackedFile(str(file["path"]), int(file["n_bytes"]), str(file["digest"]))
            for file in record["files"]
        )
        for file in files:
            path_below(folder, file.path)
        facts = (str(record["reason"]), int(record["version"]), float(record["created"]))
        return Backup(folder.name, folder, *facts, files)
    except (KeyError, TypeError, ValueError) as error:
        raise WorkspaceError(f"The record {folder / RECORD} is damaged.") from error


def require_whole(backup: Backup, watch: Watch) -> None:
    """Raise a :class:`WorkspaceError` unless every copy is what was copied."""
    done = 0
    for file in backup.files:
        path = backup.folder / FILES / file.path
        if file.digest and (not path.is_file() or _digest(path, watch.check) != file.digest):
            raise WorkspaceError(
                f"The backup {backup.name} is damaged: {file.path} is not what was copied.",
                hint="Nothing was changed. Choose another backup.",
            )
        done += file.n_bytes
        watch.progress(done, backup.n_bytes)


def put_back(workspace: Path, backup: Backup) -> None:
    """Put every file of a backup in place of the present one; what was not there is deleted.

    Cut short, it can be done again.
    """
    # First what was not there: the journal of a database would else be played back into another.
    for file in sorted(backup.files, key=lambda file: bool(file.digest)):
        target = workspace / file.path
        if not file.digest:
            target.unlink(missing_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f"{target.name}.back")
        shutil.copyfile(backup.folder / FILES / file.path, temporary)
        _sync(temporary)
        temporary.replace(target)


class _Copier:
    def __init__(self, total: int, watch: Watch) -> None:
        self._total = total
        self._done = 0
        self._watch = watch

    def copy(self, workspace: Path, path: Path, into: Path) -> BackedFile:
        source, target = workspace / path, into / path
        if not source.is_file():
            return BackedFile(path.as_posix(), 0, "")
        target.parent.mkdir(parents=True, exist_ok=True)
        digest, n_bytes = hashlib.sha256(), 0
        with source.open("rb") as reader, target.open("wb") as writer:
            while block := reader.read(BLOCK):
                self._watch.check()
                writer.write(block)
                digest.update(block)
                n_bytes += len(block)
                self._watch.progress(self._done + n_bytes, self._total)
            writer.flush()
            os.fsync(writer.fileno())
        self._done += n_bytes
        if _digest(target, self._watch.check) != digest.hexdigest():
            raise WorkspaceError(
                f"The backup of {path} could not be read back as it was written.",
                hint="Nothing was changed. Check the disk.",
            )
        return BackedFile(path.as_posix(), n_bytes, digest.hexdigest())


def _digest(path: Path, check: Callable[[], None]) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            check()
            digest.update(block)
    return digest.hexdigest()


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _unused_name(home: Path, version: int) -> str:
    wanted = f"{time.strftime('%Y%m%d-%H%M%S')}-format-{version}"
    name, number = wanted, 2
    while (home / name).exists():
        name, number = f"{wanted}-{number}", number + 1
    return name
