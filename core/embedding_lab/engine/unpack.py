"""Unpacking wheels into the folder of an engine, as an installer of packages does."""

from __future__ import annotations

import os
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from embedding_lab.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

BLOCK = 1 << 20
# The parts of a wheel's data folder that belong among the modules; scripts and headers do not.
MODULES = {"purelib", "platlib"}
# Compilers and torch's own tests need these. They are most of its files.
NOT_NEEDED = re.compile(r"(torch|nvidia/.+)/(include|test|share)/")
# Large files reach the disk as they come; the small ones all together, which is much quicker.
LARGE = 8 * BLOCK
# On some system each of these is no plain part of a file's name.
ODD = re.compile(r'[\x00-\x1f\\:*?"<>|]')


@dataclass(frozen=True)
class Member:
    """One file of a wheel and where it goes, relative to the engine's folder."""

    wheel: Path
    info: zipfile.ZipInfo
    target: str


def members(wheels: Sequence[Path]) -> list[Member]:
    """Return the files of wheels that belong into an engine.

    Raises
    ------
    LabError
        If a wheel is no zip file, or a file of it would lie outside the engine's folder.
    """
    found = []
    for wheel in wheels:
        try:
            with zipfile.ZipFile(wheel) as packed:
                infos = [info for info in packed.infolist() if not info.is_dir()]
        except (zipfile.BadZipFile, OSError) as error:
            raise LabError(f"The package {wheel.name} is damaged.") from error
        for info in infos:
            target = _target(wheel, info.filename)
            if target:
                found.append(Member(wheel, info, target))
    return found


def unpack(
    files: Sequence[Member],
    folder: Path,
    check: Callable[[], None],
    progress: Callable[[int, str], None],
) -> int:
    """Write files into a folder and return how many bytes they have.

    Parameters
    ----------
    files : sequence of Member
        What to write.
    folder : Path
        Where to; it must be empty or missing.
    check : callable
        Called for every megabyte; raises to cancel.
    progress : callable
        Gets the bytes written so far and the file's name, after every file.

    Raises
    ------
    LabError
        If a wheel is damaged.
    """
    done = 0
    for wheel in dict.fromkeys(member.wheel for member in files):
        with zipfile.ZipFile(wheel) as packed:
            for member in files:
                if member.wheel == wheel:
                    done += _write(packed, member, folder / member.target, check)
                    progress(done, PurePosixPath(member.target).name)
    if hasattr(os, "sync"):
        os.sync()
    return done


def _write(packed: zipfile.ZipFile, member: Member, target: Path, check: Callable[[], None]) -> int:
    target.parent.mkdir(parents=True, exist_ok=True)
    n_bytes = 0
    try:
        with packed.open(member.info) as reader, target.open("wb") as writer:
            while block := reader.read(BLOCK):
                check()
                writer.write(block)
                n_bytes += len(block)
            if n_bytes >= LARGE:
                writer.flush()
                os.fsync(writer.fileno())
    except (zipfile.BadZipFile, EOFError, zlib.error) as error:
        raise LabError(f"{member.target} in {member.wheel.name} is damaged.") from error
    mode = member.info.external_attr >> 16
    if mode & 0o111:
        target.chmod(0o755)
    return n_bytes


def _target(wheel: Path, name: str) -> str:
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or any(ODD.search(p) for p in parts):
        raise LabError(f"The package {wheel.name} holds a file of an odd name, so it is not used.")
    if NOT_NEEDED.match(name):
        return ""
    if parts[0].endswith(".data"):
        return "/".join(parts[2:]) if len(parts) > 2 and parts[1] in MODULES else ""
    return "/".join(parts)
