"""``embedding-lab workspace``: making, looking at and cleaning up a workspace."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from embedding_lab.cli import workspace_upgrade
from embedding_lab.cli.answer import Answer, count, details, megabytes, moment, table
from embedding_lab.settings import remember_workspace
from embedding_lab.storage import folder_bytes

if TYPE_CHECKING:
    from argparse import Namespace

    from embedding_lab.cli.parser import Group
    from embedding_lab.cli.session import Session
    from embedding_lab.workspace.workspace import Workspace


def add_to(commands: Group) -> None:
    """Add the commands of this group."""
    group = commands.group("workspace", "Make, look at or clean up a workspace.")
    new = group.command("new", "Make a workspace in a new or empty folder.", _new)
    new.add_argument("folder", metavar="DIR")
    new.add_argument("--name", default="", help="what to call it; the folder's name without it")
    group.command("info", "Show what the workspace holds.", _info)
    workspace_upgrade.add_to(group)
    trash = group.group("trash", "Look at, restore from or empty the trash.")
    trash.command("list", "List what was deleted.", _trash_list)
    restore = trash.command("restore", "Put something back where it was.", _trash_restore)
    restore.add_argument("id", metavar="ID")
    trash.command("empty", "Delete for good what lies in the trash.", _trash_empty)


def _new(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.workspace.workspace import create_workspace

    with create_workspace(arguments.folder, arguments.name) as workspace:
        remember_workspace(str(workspace.folder))
        return Answer(_summary(workspace), f"Made the workspace {workspace.folder}.")


def _info(arguments: Namespace, session: Session) -> Answer:
    with session.open() as workspace:
        value = _summary(workspace)
    shown = {name: item for name, item in value.items() if name not in {"n_bytes", "damaged"}}
    shown["size"] = megabytes(value["n_bytes"])
    if value["damaged"]:
        shown["damaged"] = ", ".join(value["damaged"])
    return Answer(value, details(shown))


def _summary(workspace: Workspace) -> dict[str, Any]:
    from embedding_lab.encoders.damage import damaged_folders
    from embedding_lab.encoders.store import EncoderStore
    from embedding_lab.jobs.record import list_runs

    damaged = damaged_folders(workspace)
    return {
        "workspace": str(workspace.folder),
        "name": workspace.name,
        "id": workspace.id,
        "format": workspace.version,
        "corpora": len(workspace.corpora()),
        "encoders": len(EncoderStore(workspace).list()),
        "embeddings": len(workspace.vector_sets()),
        "jobs": len(list_runs(workspace.runs_folder)),
        "damaged": [folder.relative_to(workspace.folder).as_posix() for folder in damaged],
        "n_bytes": folder_bytes(workspace.folder),
    }


def _trash_list(arguments: Namespace, session: Session) -> Answer:
    with session.open() as workspace:
        items = workspace.trash.items()
    rows = [
        (item.id, item.kind, item.name, moment(item.deleted), megabytes(item.n_bytes))
        for item in items
    ]
    text = table(("ID", "Kind", "Name", "Deleted", "Size"), rows, "The trash is empty.")
    return Answer({"items": [asdict(item) for item in items]}, text)


def _trash_restore(arguments: Namespace, session: Session) -> Answer:
    with session.open_to_write() as workspace:
        folder = workspace.trash.restore(arguments.id)
    return Answer({"id": arguments.id, "restored": str(folder)}, f"Restored {folder}.")


def _trash_empty(arguments: Namespace, session: Session) -> Answer:
    with session.open_to_write() as workspace:
        n_items = len(workspace.trash.items())
        freed = workspace.trash.empty()
    text = f"Deleted {count(n_items, 'item')} for good; {megabytes(freed)} are free again."
    return Answer({"n_items": n_items, "freed_bytes": freed}, text)
