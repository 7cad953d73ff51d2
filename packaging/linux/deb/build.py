"""The package for Debian and Ubuntu."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import dev
from linux.tree import DOORS, copy_program, filled, lay_out_share, write_packed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bundle import Build

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
HOME = "usr/lib/embedding-lab"
# What Qt and the wheels expect of the system; the rest of what they need lies in the bundle.
DEPENDS = (
    "libdbus-1-3",
    "libegl1",
    "libfontconfig1",
    "libgl1",
    "libglib2.0-0 | libglib2.0-0t64",
    "libx11-6",
    "libxcb-cursor0",
    "libxkbcommon-x11-0",
    "libxkbcommon0",
)
GLIBC = re.compile(r"GLIBC_(\d+)\.(\d+)")


def build_deb(build: Build) -> Path:
    """Lay the package's files out and pack them."""
    tree = build.folder / "deb"
    shutil.rmtree(tree, ignore_errors=True)
    copy_program(build, tree / HOME)
    lay_out_share(build, tree / "usr" / "share")
    _link_doors(tree)
    _add_notices(tree)
    _add_control(build, tree)
    for folder in (tree, *(path for path in tree.rglob("*") if path.is_dir())):
        folder.chmod(0o755)
    target = build.installers / f"embedding-lab_{build.version}_amd64.deb"
    pack = ["dpkg-deb", "-Zzstd", "-z19", "--root-owner-group", "--build", str(tree), str(target)]
    dev.step("Packing the Debian package", [pack])
    shutil.rmtree(tree)
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


def _link_doors(tree: Path) -> None:
    (tree / "usr" / "bin").mkdir(parents=True)
    for name in DOORS:
        (tree / "usr" / "bin" / name).symlink_to(f"../lib/embedding-lab/{name}")


def _add_notices(tree: Path) -> None:
    notices = tree / "usr" / "share" / "doc" / "embedding-lab"
    write_packed((ROOT / "resources" / "CHANGELOG.md").read_bytes(), notices / "changelog.gz")
    shutil.copyfile(HERE / "copyright", notices / "copyright")
    overrides = tree / "usr" / "share" / "lintian" / "overrides" / "embedding-lab"
    overrides.parent.mkdir(parents=True)
    shutil.copyfile(HERE / "lintian-overrides", overrides)


def _add_control(build: Build, tree: Path) -> None:
    files = sorted(path for path in tree.rglob("*") if path.is_file() and not path.is_symlink())
    control = tree / "DEBIAN"
    control.mkdir()
    sums = (f"{_md5(path)}  {path.relative_to(tree)}\n" for path in files)
    (control / "md5sums").write_text("".join(sums), encoding="utf-8")
    depends = [f"libc6 (>= {glibc_version(tree / HOME)})", *DEPENDS]
    text = filled(
        HERE / "control",
        VERSION=build.version,
        KILOBYTES=str(sum(path.stat().st_size + 1023 for path in files) // 1024),
        DEPENDS=", ".join(depends),
    )
    (control / "control").write_text(text, encoding="utf-8")
    shutil.copyfile(HERE / "postrm", control / "postrm")
    (control / "postrm").chmod(0o755)


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
