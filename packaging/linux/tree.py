"""The files every Linux installer lays out alike: the program, and what makes a desktop know it."""

from __future__ import annotations

import gzip
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bundle import Build

HERE = Path(__file__).resolve().parent
DESKTOP = HERE / "desktop"
DOORS = ("embedding-lab", "embedding-lab-app")
SIZES = (16, 24, 32, 48, 64, 128, 256, 512)
FILE_TYPE = "application-x-embedding-lab-workspace"


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
