"""Listing what can be read: a record that is damaged must hide no other."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, TypeVar

from embedding_lab.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

ItemT = TypeVar("ItemT")

log = logging.getLogger(__name__)


def holders(folder: Path, name: str) -> list[Path]:
    """Return the folders in a folder that hold a file of this name."""
    return sorted(file.parent for file in folder.glob(f"*/{name}"))


def readable(folders: Iterable[Path], read: Callable[[Path], ItemT]) -> list[ItemT]:
    """Return what can be read of some folders; what cannot is logged and left out."""
    found = []
    for folder in folders:
        try:
            found.append(read(folder))
        except (LabError, OSError) as error:
            log.warning("%s is left out: %s", folder, error)
    return found
