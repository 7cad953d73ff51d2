"""The file that installs itself for one user, on any Linux and without root."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import dev
from linux.tree import copy_program, filled, lay_out_share

if TYPE_CHECKING:
    from bundle import Build

HEADER = Path(__file__).resolve().with_name("installer.sh")


def build_archive(build: Build) -> Path:
    """Pack the program with xz, which every Linux can unpack, behind a script that installs it."""
    tree, packed = build.folder / "archive", build.folder / "archive.tar.xz"
    shutil.rmtree(tree, ignore_errors=True)
    copy_program(build, tree / "program")
    lay_out_share(build, tree / "share")
    kilobytes = (
        sum(path.stat().st_size + 4095 for path in tree.rglob("*") if path.is_file()) // 1024
    )
    plain = ["--owner=0", "--group=0", "--numeric-owner", "--sort=name"]
    options = ["--use-compress-program", "xz -T2 -6", *plain, "-C", str(tree)]
    pack = ["tar", "-c", *options, "-f", str(packed), "program", "share"]
    dev.step("Packing the archive", [pack])
    shutil.rmtree(tree)
    target = build.installers / f"embedding-lab-{build.version}-linux-x86_64.run"
    _write(target, header(build.version, packed, kilobytes), packed)
    packed.unlink()
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


def _write(target: Path, script: str, packed: Path) -> None:
    with target.open("wb") as file, packed.open("rb") as source:
        file.write(script.encode())
        shutil.copyfileobj(source, file, 1 << 20)
    target.chmod(0o755)
