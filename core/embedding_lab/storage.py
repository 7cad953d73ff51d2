"""Writing small files so that a crash leaves the old or the new content, never half of one."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sqlite3
import threading
from contextlib import contextmanager, suppress
from dataclasses import fields
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Any, TypeVar

from embedding_lab.errors import InputError, LabError, UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

RecordT = TypeVar("RecordT")


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
    with replaced_whole(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        json.dump(value, file, ensure_ascii=False, indent=1)
        if durable:
            file.flush()
            os.fsync(file.fileno())


def read_json(path: Path) -> Any:
    """Return the JSON value in ``path``, which an editor may have begun with a byte order mark.

    Raises
    ------
    LabError
        If the file is missing or is not JSON; the sentence names the file.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise LabError(f"The file {path} is missing.") from error
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise LabError(
            f"The file {path} is damaged: {error}.", hint="Restore it from a backup, or remove it."
        ) from error


# What JSON gives for fields of these types, as dataclasses name them.
PLAIN = {"str": (str,), "int": (int,), "float": (float, int), "bool": (bool,)}


def from_record(kind: type[RecordT], record: dict[str, Any]) -> RecordT:
    """Make a dataclass from a JSON object; fields that a newer program added are left out.

    Raises
    ------
    TypeError
        If a field without a default is missing, one of a plain type holds another, or the record
        is no object.
    """
    if not isinstance(record, dict):
        raise TypeError(f"a JSON object was expected, not {type(record).__name__}")
    known = {item.name: str(item.type) for item in fields(kind)}  # type: ignore[arg-type]
    values = {name: value for name, value in record.items() if name in known}
    for name, value in values.items():
        if not isinstance(value, PLAIN.get(known[name], object)):
            raise TypeError(f"{name} was expected to be {known[name]}, not {value!r}")
    return kind(**values)


def path_below(folder: Path, name: str) -> Path:
    """Return the path of a file that a record names relative to a folder.

    A record may have been written by anybody: a workspace is handed on as a folder.

    Raises
    ------
    ValueError
        If it would lie elsewhere, on any system.
    """
    named = PureWindowsPath(name)
    if not named.parts or named.anchor or ".." in named.parts:
        raise ValueError(f"{name!r} does not lie below {folder}")
    return folder / name


def append_json_line(path: Path, value: Any) -> None:
    """Append a value to a JSON Lines file; a line that was cut short before stays by itself."""
    line = json.dumps(value, ensure_ascii=False, default=str) + "\n"
    with path.open("ab+") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            line = line if file.read(1) == b"\n" else f"\n{line}"
        file.write(line.encode())


def state_from_record(kind: type[RecordT], record: dict[str, Any], name: str) -> RecordT:
    """Make a dataclass from a JSON object that is of use only if all of it is understood.

    Where a job stands is such an object: going on without a part of it would end elsewhere.

    Raises
    ------
    LabError
        If it has fields that this program does not know, or lacks some; the sentence begins with
        ``name``.
    """
    known = {item.name for item in fields(kind)}  # type: ignore[arg-type]
    unknown = sorted(record.keys() - known)
    if unknown:
        raise LabError(
            f"{name} was written by a newer Embedding Lab: this one does not know what "
            f"{', '.join(unknown)} means.",
            hint="Go on with the newer version, or begin anew; nothing has been changed.",
        )
    try:
        return kind(**record)
    except TypeError as error:
        raise LabError(f"{name} is damaged: {error}.", hint="Begin anew.") from error


def read_json_lines(path: Path) -> Iterator[Any]:
    """Yield the values of a JSON Lines file, leaving out lines cut short by a crash."""
    if not path.exists():
        return
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            with suppress(json.JSONDecodeError):
                yield json.loads(line)


def folder_bytes(folder: Path) -> int:
    """Return the total size in bytes of the files below ``folder``."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def is_full_disk(error: Exception) -> bool:
    """Return whether an exception says that there is no room left."""
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}


SPACE_HINT = "Free some space, or move the workspace to a larger disk."


def require_space(folder: Path, n_bytes: int, purpose: str, hint: str = SPACE_HINT) -> None:
    """Raise a :class:`LabError` unless ``folder``'s disk has room for ``n_bytes``."""
    free = shutil.disk_usage(folder).free
    if free < n_bytes:
        raise LabError(
            f"{purpose} needs about {n_bytes / 1e6:,.0f} MB, but the disk of {folder} has only "
            f"{free / 1e6:,.0f} MB left.",
            hint=hint,
        )


def output_file(name: str, suffixes: Collection[str]) -> Path:
    """Return the full path of a file a user wants written.

    Raises
    ------
    UsageError
        If its ending is none of ``suffixes``, each with its dot.
    InputError
        If its folder does not exist.
    """
    path = Path(name).expanduser().absolute()
    if path.suffix.lower() not in suffixes:
        raise UsageError(
            f"The file to write must end in {' or '.join(suffixes)}, not {path.name or 'nothing'}."
        )
    if not path.parent.is_dir():
        raise InputError(f"The folder {path.parent} does not exist.", hint="Make it first.")
    return path


@contextmanager
def replaced_whole(path: Path) -> Iterator[Path]:
    """Give out a temporary sibling to write to; it becomes ``path`` if nothing goes wrong."""
    # Another thread may be writing the same file, as another program may.
    temporary = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.tmp")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        # On a full disk, half a file would take up what little room is left.
        temporary.unlink(missing_ok=True)
