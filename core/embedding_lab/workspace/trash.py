"""What was deleted (corpora, embeddings, encoders, runs and others) until it is emptied."""

from __future__ import annotations

import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from embedding_lab.errors import LabError, UsageError, WorkspaceError
from embedding_lab.storage import folder_bytes, path_below, read_json, write_json

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class TrashItem:
    """One deleted thing.

    ``kind`` is ``corpus``, ``embeddings``, ``negatives``, ``encoder``, ``run``, ``experiment``,
    ``pattern`` or ``prompt set``.
    """

    id: str
    kind: str
    name: str
    deleted: float
    n_bytes: int


class Trash:
    """The trash folder of one workspace."""

    def __init__(self, workspace_folder: Path) -> None:
        self._root = workspace_folder
        self._folder = workspace_folder / "trash"

    def put(self, folder: Path, kind: str, name: str, rows: dict[str, Any] | None = None) -> str:
        """Move a folder of the workspace into the trash and return the item's id.

        ``rows`` notes which rows of a corpus must be there when it is put back.
        """
        item_id = f"{time.time_ns():x}"
        item = self._folder / item_id
        item.mkdir(parents=True)
        origin = folder.relative_to(self._root).as_posix()
        write_json(
            item / "item.json",
            {
                "kind": kind,
                "name": name,
                "origin": origin,
                "deleted": time.time(),
                "rows": rows,
            },
        )
        folder.replace(item / "content")
        return item_id

    def items(self) -> list[TrashItem]:
        """Return what lies in the trash, newest first."""
        found = []
        for folder in sorted(self._folder.glob("*"), reverse=True):
            # What is damaged cannot be put back any more; it goes when the trash is emptied.
            with suppress(LabError, KeyError, TypeError, ValueError):
                record = read_json(folder / "item.json")
                found.append(
                    TrashItem(
                        id=folder.name,
                        kind=str(record["kind"]),
                        name=str(record["name"]),
                        deleted=float(record["deleted"]),
                        n_bytes=folder_bytes(folder),
                    )
                )
        return found

    def restore(self, item_id: str) -> Path:
        """Put an item back where it was and return its folder.

        Raises
        ------
        UsageError
            If there is no such item, its old place is taken, or it belongs to rows that are not
            there any more.
        WorkspaceError
            If its record is damaged, or names a place outside the workspace.
        """
        item = self._folder / item_id
        if not item_id or not (item / "item.json").exists():
            raise UsageError(f"The trash holds nothing with the id {item_id}.")
        record = read_json(item / "item.json")
        try:
            target = path_below(self._root, str(record["origin"]))
        except (KeyError, TypeError, ValueError) as error:
            raise WorkspaceError(
                f"The record {item / 'item.json'} is damaged, so nobody knows where {item_id} was.",
                hint="What was deleted lies beside it, in the folder content.",
            ) from error
        if target.exists():
            raise UsageError(f"{target.name} exists again, so its old version cannot be put back.")
        if record.get("rows"):
            from embedding_lab.workspace.lost_rows import are_there

            if not are_there(self._root, record["rows"]):
                raise UsageError(
                    "These embeddings are of rows that going back to a backup took out.",
                    hint="Embed the corpus as it is now.",
                )
        target.parent.mkdir(parents=True, exist_ok=True)
        (item / "content").replace(target)
        shutil.rmtree(item)
        return target

    def empty(self) -> int:
        """Delete everything in the trash for good and return how many bytes that freed."""
        freed = folder_bytes(self._folder) if self._folder.exists() else 0
        shutil.rmtree(self._folder, ignore_errors=True)
        return freed
