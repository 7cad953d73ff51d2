"""The installer for Windows."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import dev
from dev import SetupError

if TYPE_CHECKING:
    from bundle import Build

SCRIPT = Path(__file__).resolve().with_name("embedding-lab.nsi")
USUAL_PLACE = Path("C:/Program Files (x86)/NSIS/makensis.exe")


def build_installer(build: Build) -> Path:
    """Compile the NSIS script around the frozen program."""
    found = shutil.which("makensis") or (str(USUAL_PLACE) if USUAL_PLACE.exists() else None)
    if found is None:
        raise SetupError("makensis is missing: install NSIS 3, then start this step again.")
    target = build.installers / f"embedding-lab-{build.version}-windows-x64.exe"
    icon = build.folder / "icons" / "embedding-lab.ico"
    command = compile_command(found, build.version, build.program, icon, target)
    dev.step("Packing the installer", [command])
    return target


def compile_command(
    makensis: str, version: str, program: Path, icon: Path, target: Path
) -> list[str]:
    """Return the command line that compiles the script."""
    values = {"VERSION": version, "PROGRAM": program, "ICON": icon, "OUTPUT": target}
    named = [f"-D{name}={value}" for name, value in values.items()]
    return [makensis, "-V2", "-WX", *named, str(SCRIPT)]
