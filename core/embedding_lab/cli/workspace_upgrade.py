"""``embedding-lab workspace upgrade`` and what it leaves: ``backups`` and their two commands."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embedding_lab.cli.answer import Answer, count, megabytes, moment, table

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable

    from embedding_lab.cli.parser import Group, Parser
    from embedding_lab.cli.session import Session
    from embedding_lab.workspace.backups import Watch


def add_to(group: Group) -> None:
    """Add the commands to the group ``workspace``."""
    upgrade = group.command(
        "upgrade",
        "Bring a workspace of an earlier version to the present format; a backup is kept.",
        _upgrade,
    )
    _add_folder(upgrade)
    backups = group.command("backups", "List the backups that upgrades left.", _backups)
    _add_folder(backups)
    restore = group.command(
        "restore-backup", "Put the files of a backup back; the present ones are kept.", _restore
    )
    _add_folder(restore)
    restore.add_argument(
        "--name", default="", metavar="NAME", help="which backup; the newest without it"
    )
    delete = group.command("delete-backup", "Delete backups of upgrades for good.", _delete)
    _add_folder(delete)
    which = delete.add_mutually_exclusive_group(required=True)
    which.add_argument(
        "--name", action="append", default=[], metavar="NAME", help="which backup; may be repeated"
    )
    which.add_argument("--all", action="store_true", help="every backup")


def _add_folder(parser: Parser) -> None:
    parser.add_argument(
        "folder", nargs="?", default="", metavar="DIR", help="its folder; the last used without it"
    )


def _upgrade(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.workspace.upgrade import upgrade_workspace

    folder = _folder(arguments, session)
    value = _watched(session, lambda watch: asdict(upgrade_workspace(folder, watch)))
    value = {"workspace": folder, **value}
    if value["before"] == value["after"]:
        return Answer(value, f"The workspace is of format {value['after']}; nothing to do.")
    lines = [
        f"Upgraded from format {value['before']} to {value['after']}.",
        *value["changes"],
        f"Backup {value['backup']}: {count(value['n_files'], 'file')}, "
        f"{megabytes(value['n_bytes'])}. `embedding-lab workspace restore-backup` goes back.",
    ]
    return Answer(value, "\n".join(lines))


def _backups(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.workspace.backups import list_backups
    from embedding_lab.workspace.record import read_record

    folder = Path(_folder(arguments, session))
    read_record(folder)
    backups = list_backups(folder)
    rows = [
        (
            backup.name,
            backup.reason,
            moment(backup.created),
            backup.n_files,
            megabytes(backup.n_bytes),
        )
        for backup in backups
    ]
    value = [
        {
            "name": backup.name,
            "reason": backup.reason,
            "format": backup.version,
            "created": backup.created,
            "n_files": backup.n_files,
            "n_bytes": backup.n_bytes,
        }
        for backup in backups
    ]
    text = table(("Name", "Taken", "When", "Files", "Size"), rows, "There are no backups.")
    return Answer({"workspace": str(folder), "backups": value}, text)


def _restore(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.workspace.upgrade import restore_backup

    folder = _folder(arguments, session)

    def act(watch: Watch) -> dict[str, Any]:
        backup = restore_backup(folder, arguments.name, watch)
        return {"workspace": folder, "backup": backup.name, "format": backup.version}

    value = _watched(session, act)
    text = (
        f"Put back {value['backup']}; the workspace is of format {value['format']} again. "
        "What was there before lies in a backup of its own."
    )
    return Answer(value, text)


def _delete(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.workspace.upgrade import delete_backups

    folder = _folder(arguments, session)
    deleted = delete_backups(folder, arguments.name)
    n_bytes = sum(backup.n_bytes for backup in deleted)
    value = {
        "workspace": folder,
        "deleted": [backup.name for backup in deleted],
        "freed_bytes": n_bytes,
    }
    if not deleted:
        return Answer(value, "There are no backups.")
    text = f"Deleted {count(len(deleted), 'backup')} for good; {megabytes(n_bytes)} are free again."
    return Answer(value, text)


def _folder(arguments: Namespace, session: Session) -> str:
    named = arguments.folder or session.workspace_folder()
    return str(Path(named).expanduser().absolute())


def _watched(session: Session, act: Callable[[Watch], dict[str, Any]]) -> dict[str, Any]:
    """Do something with progress on standard error; Ctrl+C cancels it before anything changes."""
    from embedding_lab.jobs.cancellation import Cancelled
    from embedding_lab.jobs.events import JobProgressed
    from embedding_lab.workflows.perform import JobCancelledError
    from embedding_lab.workspace.backups import Watch

    def run(sink: Callable[[Any], None], token: Any) -> dict[str, Any]:
        def progress(done: int, total: int) -> None:
            sink(JobProgressed(step=done, total=total, unit="bytes", message="Backing up"))

        return act(Watch(token.check, progress))

    try:
        return session.watch(run)
    except Cancelled as error:
        raise JobCancelledError("") from error
