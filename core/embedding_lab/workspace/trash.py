"""What was deleted (corpora, embeddings, encoders, runs and others) until it is emptied."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from embedding_lab.errors import LabError, UsageError
from embedding_lab.storage import folder_bytes, read_json, write_json


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

    def put(self, folder: Path, kind: str, name: str) -> str:
        """Move a folder of the workspace into the trash and return the item's id."""
        item_id = f"{time.time_ns():x}"
        item = self._folder / item_id
        item.mkdir(parents=True)
        origin = folder.relative_to(self._root).as_posix()
        write_json(
            item / "item.json",
            {"kind": kind, "name": name, "origin": origin, "deleted": time.time()},
        )
        folder.replace(item / "content")
        return item_id

    def items(self) -> list[TrashItem]:
        """Return what lies in the trash, newest first."""
        found = []
        for folder in sorted(self._folder.glob("*"), reverse=True):
            try:
                record = read_json(folder / "item.json")
            except LabError:
                continue
            found.append(
                TrashItem(
                    id=folder.name,
                    kind=record["kind"],
                    name=record["name"],
                    deleted=record["deleted"],
                    n_bytes=folder_bytes(folder),
                )
            )
        return found

    def restore(self, item_id: str) -> Path:
        """Put an item back where it was and return its folder.

        Raises
        ------
        UsageError
            If there is no such item, or its old place is taken.
        """
        item = self._folder / item_id
        if not item_id or not (item / "item.json").exists():
            raise UsageError(f"The trash holds nothing with the id {item_id}.")
        target = self._root / Path(read_json(item / "item.json")["origin"])
        if target.exists():
            raise UsageError(f"{target.name} exists again, so its old version cannot be put back.")
        target.parent.mkdir(parents=True, exist_ok=True)
        (item / "content").replace(target)
        shutil.rmtree(item)
        return target

    def empty(self) -> int:
        """Delete everything in the trash for good and return how many bytes that freed."""
        freed = folder_bytes(self._folder) if self._folder.exists() else 0
        shutil.rmtree(self._folder, ignore_errors=True)
        return freed
