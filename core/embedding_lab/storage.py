"""Writing small files so that a crash leaves the old or the new content, never half of one."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING, Any

from embedding_lab.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def write_json(path: Path, value: Any, *, durable: bool = True) -> None:
    """Write ``value`` as JSON beside ``path`` and move it into place.

    Parameters
    ----------
    path : Path
        The file to replace; its folder must exist.
    value : Any
        Anything the ``json`` module can write.
    durable : bool, default True
        Force the bytes to the disk first. Without it the file survives a killed process, but
        perhaps not a power cut; right for progress that is written many times a second.
    """
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    with temporary.open("w", encoding="utf-8") as file:
        json.dump(value, file, ensure_ascii=False, indent=1)
        if durable:
            file.flush()
            os.fsync(file.fileno())
    temporary.replace(path)


def read_json(path: Path) -> Any:
    """Return the JSON value in ``path``.

    Raises
    ------
    LabError
        If the file is missing or is not JSON; the sentence names the file.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise LabError(f"The file {path} is missing.") from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise LabError(
            f"The file {path} is damaged: {error}.", hint="Restore it from a backup, or remove it."
        ) from error


def read_json_lines(path: Path) -> Iterator[Any]:
    """Yield the values of a JSON Lines file, leaving out a last line cut short by a crash."""
    if not path.exists():
        return
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            try:
                yield json.loads(line)
            except json.JSONDecodeError:
                return


def folder_bytes(folder: Path) -> int:
    """Return the total size in bytes of the files below ``folder``."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def require_space(folder: Path, n_bytes: int, purpose: str) -> None:
    """Raise a :class:`LabError` unless ``folder``'s disk has room for ``n_bytes``."""
    free = shutil.disk_usage(folder).free
    if free < n_bytes:
        raise LabError(
            f"{purpose} needs about {n_bytes / 1e6:,.0f} MB, but the disk of {folder} has only "
            f"{free / 1e6:,.0f} MB left.",
            hint="Free some space, or move the workspace to a larger disk.",
        )
