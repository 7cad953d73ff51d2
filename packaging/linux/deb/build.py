"""The package for Debian and Ubuntu."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import dev
from linux.tree import filled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bundle import Build

HERE = Path(__file__).resolve().parent
HOME = "usr/lib/embedding-lab"
# What Qt expects of the system: libraries of the graphics driver and of the desktop, and the files
# in which fonts and keyboards are described. All other libraries lie in the bundle.
DEPENDS = (
    "fontconfig-config",
    "libegl1",
    "libgl1",
    "libwayland-cursor0",
    "libwayland-egl1",
    "libx11-data",
    "xkb-data",
)
GLIBC = re.compile(r"GLIBC_(\d+)\.(\d+)")


def build_deb(build: Build) -> Path:
    """Put what Debian wants to know beside the packed program.

    `dpkg-deb` would pack it itself, but without the wide window that makes it a tenth smaller.
    """
    tree, packed = build.folder / "tree", build.folder / "tree.tar.zst"
    folder = build.folder / "deb"
    shutil.rmtree(folder, ignore_errors=True)
    control = folder / "control"
    control.mkdir(parents=True)
    write_control(build, tree, control)
    (folder / "debian-binary").write_text("2.0\n", encoding="ascii")
    shutil.copyfile(packed, folder / "data.tar.zst")
    plain = ["--owner=0", "--group=0", "--numeric-owner", "--format=gnu", "--zstd"]
    tar = ["tar", "-c", *plain, "-C", str(control), "-f", str(folder / "control.tar.zst"), "."]
    target = build.installers / f"embedding-lab_{build.version}_amd64.deb"
    target.unlink(missing_ok=True)
    parts = [str(folder / name) for name in ("debian-binary", "control.tar.zst", "data.tar.zst")]
    dev.step("Packing the Debian package", [tar, ["ar", "rcD", str(target), *parts]])
    shutil.rmtree(folder)
    return target


def glibc_version(folder: Path) -> str:
    """Return the newest version of the C library that anything in a folder asks for."""
    found = {(2, 28)}
    for path in _elf_files(folder):
        told = subprocess.run(
            ["objdump", "-T", str(path)], capture_output=True, text=True, check=False
        )
        found |= {(int(major), int(minor)) for major, minor in GLIBC.findall(told.stdout)}
    return ".".join(map(str, max(found)))


def _elf_files(folder: Path) -> Iterable[Path]:
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                if file.read(4) == b"\x7fELF":
                    yield path


def write_control(build: Build, tree: Path, control: Path) -> None:
    """Write what the package is called, needs and contains."""
    files = sorted(path for path in tree.rglob("*") if path.is_file() and not path.is_symlink())
    sums = (f"{_md5(path)}  {path.relative_to(tree)}\n" for path in files)
    (control / "md5sums").write_text("".join(sums), encoding="utf-8")
    text = filled(
        HERE / "control",
        VERSION=build.version,
        KILOBYTES=str(sum(path.stat().st_size + 1023 for path in files) // 1024),
        DEPENDS=", ".join([f"libc6 (>= {glibc_version(tree / HOME)})", *DEPENDS]),
    )
    (control / "control").write_text(text, encoding="utf-8")
    shutil.copyfile(HERE / "postrm", control / "postrm")
    for path in control.iterdir():
        path.chmod(0o755 if path.name == "postrm" else 0o644)


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
