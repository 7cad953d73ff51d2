"""Upgrading a workspace to the present format, and going back.

The order is what makes both safe: first a proven backup, then a mark in the workspace's record,
then the changes, then the record without the mark. From the mark on no program writes to the
workspace before the change is finished or undone, and doing it again finishes it. Reading stays
possible throughout.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embedding_lab.errors import UsageError, WorkspaceError
from embedding_lab.jobs.run import failure
from embedding_lab.version import __version__
from embedding_lab.workspace.backups import (
    Backup,
    Watch,
    delete_backup,
    find_backup,
    list_backups,
    make_backup,
    put_back,
    require_whole,
)
from embedding_lab.workspace.lock import WorkspaceLock
from embedding_lab.workspace.lost_rows import let_go, losing_corpora, subset_files
from embedding_lab.workspace.migrations import STEPS
from embedding_lab.workspace.record import (
    CHANGING,
    OLDEST_READER,
    SCHEMA_VERSION,
    RestoreNeededError,
    read_record,
    write_record,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from embedding_lab.workspace.migrations import Step


@dataclass(frozen=True)
class UpgradeReport:
    """What an upgrade came to.

    Attributes
    ----------
    before, after : int
        The formats; equal if there was nothing to do.
    changes : list of str
        What each step changed, as sentences.
    backup : str
        The name of the backup; empty if there was nothing to do.
    n_files, n_bytes : int
        What the backup holds.
    """

    before: int
    after: int
    changes: list[str] = field(default_factory=list)
    backup: str = ""
    n_files: int = 0
    n_bytes: int = 0


def upgrade_workspace(folder: str | Path, watch: Watch | None = None) -> UpgradeReport:
    """Bring a workspace to the format this program writes; go on where one was cut short.

    Parameters
    ----------
    folder : str or Path
        The workspace's folder.
    watch : Watch, optional
        Told how far the backup has come; it may cancel until the backup is whole.

    Raises
    ------
    WorkspaceError
        If the workspace is newer than this program, open elsewhere, or an upgrade failed and was
        undone.
    LabError
        If the disk has no room for the backup; nothing is changed then.
    """
    path = Path(folder).expanduser().absolute()
    with _sole_writer(path) as record:
        changing = record.get(CHANGING)
        if changing and changing["act"] == "restore":
            raise RestoreNeededError(path, record)
        before = int(changing["from"] if changing else record["schema_version"])
        steps = [step for step in STEPS if step.version > before]
        if not steps:
            return UpgradeReport(before, before)
        backup = _begun_backup(path, changing)
        if backup is None:
            backup = _back_up(path, steps, before, watch or Watch())
            mark = {"act": "upgrade", "from": before, "backup": backup.name}
            record |= {"schema_version": SCHEMA_VERSION, "oldest_reader": OLDEST_READER}
            write_record(path, record | {CHANGING: mark})
        _apply(path, steps, record, backup)
        titles = [step.title for step in steps]
        return UpgradeReport(
            before, SCHEMA_VERSION, titles, backup.name, backup.n_files, backup.n_bytes
        )


def restore_backup(folder: str | Path, name: str = "", watch: Watch | None = None) -> Backup:
    """Put a backup's files back and return the backup; the present ones are kept as another.

    Of corpora that lose rows by that, the embeddings go to the trash and the subsets with such rows
    into that other backup: rows that are imported later would else be taken for the lost ones.

    Parameters
    ----------
    folder : str or Path
        The workspace's folder.
    name : str, optional
        The backup's name; without one, that of an upgrade that was cut short, or the newest.
    watch : Watch, optional
        Told how far the copying has come; it may cancel until the workspace is changed.

    Raises
    ------
    UsageError
        If there is no such backup.
    WorkspaceError
        If it is damaged, or the workspace is newer than this program or open elsewhere.
    """
    path, watch = Path(folder).expanduser().absolute(), watch or Watch()
    with _sole_writer(path) as record:
        changing = record.get(CHANGING)
        if changing:
            name = name or changing["backup"]
            # If somebody deleted that one since, any other is a way on.
            if name != changing["backup"] and _begun_backup(path, changing):
                raise RestoreNeededError(path, record)
        backup = find_backup(path, name)
        require_whole(backup, watch)
        losing = losing_corpora(path, backup)
        if not (changing and changing["act"] == "restore"):
            present = int(record["schema_version"])
            make_backup(
                path,
                [*(Path(file.path) for file in backup.files), *subset_files(losing)],
                version=present,
                reason=f"before going back to format {backup.version}",
                watch=watch,
            )
            mark = {"act": "restore", "from": present, "backup": backup.name}
            write_record(path, record | {CHANGING: mark})
        let_go(path, losing)
        _go_back(path, record, backup)
    return backup


def delete_backups(folder: str | Path, names: Sequence[str] = ()) -> list[Backup]:
    """Delete backups for good and return what they were.

    Parameters
    ----------
    folder : str or Path
        The workspace's folder.
    names : sequence of str, optional
        Which; all of them without it.

    Raises
    ------
    UsageError
        If one of them is not there; nothing is deleted then.
    WorkspaceError
        If an upgrade or a way back was cut short and still needs one of them, or the workspace is
        newer than this program or open elsewhere.
    """
    path = Path(folder).expanduser().absolute()
    with _sole_writer(path) as record:
        if names:
            doomed = [find_backup(path, name) for name in dict.fromkeys(names)]
        else:
            doomed = list_backups(path)
        needed = record.get(CHANGING, {}).get("backup", "")
        if needed in {backup.name for backup in doomed}:
            raise WorkspaceError(
                f"The backup {needed} is still needed: what it was made for was cut short.",
                hint=f'Finish it with `embedding-lab workspace {_finishing(record)} "{path}"`.',
            )
        for backup in doomed:
            delete_backup(backup)
    return doomed


def _finishing(record: dict[str, Any]) -> str:
    return "upgrade" if record[CHANGING]["act"] == "upgrade" else "restore-backup"


def _begun_backup(folder: Path, changing: dict[str, Any] | None) -> Backup | None:
    """Return the backup of a change that was cut short, unless somebody deleted it since."""
    if changing:
        with suppress(UsageError):
            return find_backup(folder, changing["backup"])
    return None


def _go_back(folder: Path, record: dict[str, Any], backup: Backup) -> None:
    put_back(folder, backup)
    left_out = {CHANGING, "oldest_reader"}
    kept = {name: value for name, value in record.items() if name not in left_out}
    write_record(folder, kept | {"schema_version": backup.version})


def _back_up(folder: Path, steps: list[Step], version: int, watch: Watch) -> Backup:
    paths = dict.fromkeys(path for step in steps for path in step.changes(folder))
    reason = f"before the upgrade to format {SCHEMA_VERSION}"
    return make_backup(folder, list(paths), version=version, reason=reason, watch=watch)


def _apply(folder: Path, steps: list[Step], record: dict[str, Any], backup: Backup) -> None:
    try:
        for step in steps:
            step.apply(folder)
    except Exception as error:
        # A failed step is undone at once. If that fails too, the mark stays, and with it the way
        # to try again or to go back.
        _go_back(folder, record, backup)
        raise WorkspaceError(
            f"The upgrade failed and was undone. {failure(error).message}",
            hint="The workspace is as it was before, and can still be opened read-only.",
        ) from error
    kept = {name: value for name, value in record.items() if name != CHANGING}
    write_record(folder, kept | {"schema_version": SCHEMA_VERSION, "app_version": __version__})


@contextmanager
def _sole_writer(folder: Path) -> Iterator[dict[str, Any]]:
    """Hold the workspace's lock and give out its record."""
    version = read_record(folder)["schema_version"]
    if version > SCHEMA_VERSION:
        raise WorkspaceError(
            f"The workspace was written by a newer Embedding Lab (format {version}, this program "
            f"knows {SCHEMA_VERSION}).",
            hint="Use the newer version.",
        )
    lock = WorkspaceLock(folder)
    if not lock.take():
        raise WorkspaceError(
            f"The workspace cannot be changed: {lock.why_not()}",
            hint="Close it there and try again.",
        )
    try:
        # Another program may have finished an upgrade between the two.
        yield read_record(folder)
    finally:
        lock.release()
