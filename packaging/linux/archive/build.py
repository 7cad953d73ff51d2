"""The file that installs itself for one user, on any Linux and without root."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from linux.tree import filled

if TYPE_CHECKING:
    from bundle import Build

HEADER = Path(__file__).resolve().with_name("installer.sh")


def build_archive(build: Build) -> Path:
    """Put the packed program behind a script that installs it."""
    tree, packed = build.folder / "tree", build.folder / "tree.tar.zst"
    kilobytes = (
        sum(path.stat().st_size + 4095 for path in tree.rglob("*") if path.is_file()) // 1024
    )
    target = build.installers / f"embedding-lab-{build.version}-linux-x86_64.run"
    join(target, header(build.version, packed, kilobytes), packed)
    return target


def header(version: str, packed: Path, kilobytes: int) -> str:
    """Return the script that the packed program is put behind."""
    n_lines = len(HEADER.read_text(encoding="utf-8").splitlines())
    with packed.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return filled(
        HEADER,
        VERSION=version,
        SHA256=digest,
        KILOBYTES=str(kilobytes),
        LINES=str(n_lines),
        NEXT=str(n_lines + 1),
    )


def join(target: Path, script: str, packed: Path) -> None:
    """Write the script and the packed program into one file that can be started."""
    with target.open("wb") as file, packed.open("rb") as source:
        file.write(script.encode())
        shutil.copyfileobj(source, file, 1 << 20)
    target.chmod(0o755)
