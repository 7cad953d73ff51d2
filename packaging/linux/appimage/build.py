"""The AppImage: one file that is the program. Its runtime, a small program, is given by hand."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import dev
from dev import SetupError
from linux.tree import copy_program, lay_out_share

if TYPE_CHECKING:
    from bundle import Build

APP_RUN = Path(__file__).resolve().with_name("AppRun")


def build_appimage(build: Build) -> Path:
    """Put the packed folder behind the runtime that mounts it."""
    runtime = build.appimage_runtime
    if runtime is None or not runtime.is_file():
        raise SetupError(
            "The AppImage needs the runtime of its format (type 2) as a file: "
            "--appimage-runtime FILE."
        )
    tree, packed = build.folder / "AppDir", build.folder / "appimage.squashfs"
    lay_out(build, tree)
    packed.unlink(missing_ok=True)
    level = "3" if build.is_quick else "19"
    options = ["-comp", "zstd", "-Xcompression-level", level, "-root-owned", "-noappend"]
    dev.step("Packing the AppImage", [["mksquashfs", str(tree), str(packed), *options]])
    shutil.rmtree(tree)
    target = build.installers / f"Embedding_Lab-{build.version}-x86_64.AppImage"
    with target.open("wb") as file:
        for part in (runtime, packed):
            with part.open("rb") as source:
                shutil.copyfileobj(source, file, 1 << 20)
    target.chmod(0o755)
    packed.unlink()
    return target


def lay_out(build: Build, tree: Path) -> None:
    """Write the folder that an AppImage mounts."""
    shutil.rmtree(tree, ignore_errors=True)
    copy_program(build, tree / "usr" / "lib" / "embedding-lab")
    lay_out_share(build, tree / "usr" / "share")
    shutil.copyfile(APP_RUN, tree / "AppRun")
    (tree / "AppRun").chmod(0o755)
    shutil.copyfile(build.folder / "icons" / "embedding-lab-256.png", tree / "embedding-lab.png")
    shutil.copyfile(build.folder / "icons" / "embedding-lab-256.png", tree / ".DirIcon")
    entry = tree / "usr" / "share" / "applications" / "embedding-lab.desktop"
    shutil.copyfile(entry, tree / "embedding-lab.desktop")
