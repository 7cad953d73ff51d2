#!/usr/bin/env python3
"""Build the installers of this system. Needs nothing but Python 3.11 with its shared library.

    python3 packaging/bundle.py                    every step for this system
    python3 packaging/bundle.py freeze check deb   only these steps, in this order
    python3 packaging/bundle.py --list             the steps and what they do
    python3 packaging/bundle.py --json FILE        write times and sizes to a file too

Everything is made below ``build/bundle``; the installers lie in ``build/bundle/installers``.
What needs no rebuilding is kept from one run to the next.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import runpy
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import contents
import dev
from dev import SetupError

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
PACKAGING = ROOT / "packaging"
TOOLS = PACKAGING / "requirements-bundle.txt"
DEPENDENCIES = (
    "import sys, tomllib; p = tomllib.load(open(sys.argv[1], 'rb'))['project']; "
    "print('\\n'.join([*p['dependencies'], *sum(p['optional-dependencies'].values(), [])]))"
)
CHECK_WITHIN_S = 900


@dataclass
class Build:
    """Where things are made, and what is made there."""

    folder: Path
    appimage_runtime: Path | None = None
    is_quick: bool = False

    @property
    def version(self) -> str:
        """The version being built."""
        return version()

    @property
    def python(self) -> Path:
        """The Python with everything the program needs and nothing more."""
        return self.folder / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    @property
    def program(self) -> Path:
        """The folder of the frozen program."""
        if sys.platform == "darwin":
            return self.folder / "dist" / "Embedding Lab.app" / "Contents" / "MacOS"
        return self.folder / "dist" / "embedding-lab"

    @property
    def installers(self) -> Path:
        """Where the finished installers go."""
        folder = self.folder / "installers"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def executable(self, name: str) -> Path:
        """Return one of the two doors."""
        return self.program / (f"{name}.exe" if os.name == "nt" else name)


@dataclass(frozen=True)
class Step:
    """One step: what it does, how, and on which systems; it returns what it made."""

    title: str
    run: Callable[[Build], Path]
    systems: tuple[str, ...] = ("linux", "win32", "darwin")


@dataclass(frozen=True)
class Measured:
    """What a step took and made."""

    step: str
    seconds: float
    megabytes: float
    made: str


def version() -> str:
    """Return the version, from the one place that says it."""
    found = runpy.run_path(str(ROOT / "core" / "embedding_lab" / "version.py"))["__version__"]
    return str(found)


# The steps


def make_environment(build: Build) -> Path:
    """Make an environment with the exact versions of what the program needs, and PyInstaller.

    The names come from ``pyproject.toml``, the versions from ``requirements.txt``.
    """
    folder, stamp = build.folder / "venv", build.folder / "venv" / "stamp.txt"
    files = (dev.REQUIREMENTS, TOOLS, ROOT / "pyproject.toml")
    texts = [dev.TORCH, sys.version, *(file.read_text(encoding="utf-8") for file in files)]
    wanted = hashlib.sha256("\0".join(texts).encode()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    command = [sys.executable, "-c", DEPENDENCIES, str(ROOT / "pyproject.toml")]
    names = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    (build.folder / "wanted.txt").write_text(names, encoding="utf-8")
    pip = [str(build.python), "-m", "pip", "install", "--disable-pip-version-check"]
    dev.step("Making the environment", [[sys.executable, "-m", "venv", str(folder)]])
    dev.step("Installing PyTorch", [[*pip, dev.TORCH]])
    exact = ["-r", str(build.folder / "wanted.txt"), "-c", str(dev.REQUIREMENTS)]
    dev.step("Installing the other packages", [[*pip, *exact], [*pip, "-r", str(TOOLS)]])
    require_small_torch(build)
    stamp.write_text(wanted, encoding="utf-8")
    return folder


def require_small_torch(build: Build) -> None:
    """Refuse the PyTorch for graphics cards: it makes the program four times as big."""
    probe = "import torch, sys; sys.exit(torch.version.cuda is not None)"
    if subprocess.run([str(build.python), "-c", probe], check=False).returncode:
        raise SetupError(
            "This PyTorch is the one for graphics cards, which makes the program four times as "
            "big. Name an index with the one for processors in PIP_EXTRA_INDEX_URL."
        )


def draw_icons(build: Build) -> Path:
    """Draw the icon in every size."""
    script = str(PACKAGING / "icons.py")
    folder = build.folder / "icons"
    dev.step("Drawing the icons", [[str(build.python), script, str(folder)]])
    return folder


def prepare_starter(build: Build) -> Path:
    """Export the starter encoder and prove it, as setting up a checkout does."""
    folder = build.folder / "prepared"
    module = ["-m", "embedding_lab.workflows.prepare_starter", str(folder)]
    dev.step("Preparing the starter encoder", [[str(build.python), *module]])
    return folder


def freeze(build: Build) -> Path:
    """Collect the program with everything it needs into one folder."""
    command = [str(build.python), "-m", "PyInstaller", "--noconfirm"]
    command += ["--workpath", str(build.folder / "work"), "--distpath", str(build.folder / "dist")]
    dev.step("Freezing the program", [[*command, str(PACKAGING / "embedding_lab.spec")]])
    return build.program


def check(build: Build) -> Path:
    """Let the frozen program check itself, knowing nothing of this machine's environment."""
    report = build.folder / "self-check.json"
    kept = ("SYSTEMROOT", "TEMP", "USERPROFILE") if os.name == "nt" else ()
    with tempfile.TemporaryDirectory(prefix="embedding-lab-") as home:
        done = subprocess.run(
            [str(build.executable("embedding-lab")), "self-check", "--json"],
            cwd=Path(build.folder.anchor),
            env={name: os.environ[name] for name in kept if name in os.environ} | {"HOME": home},
            capture_output=True,
            timeout=CHECK_WITHIN_S,
            check=False,
        )
    report.write_bytes(done.stdout)
    print((done.stdout + done.stderr).decode(errors="replace"))
    if done.returncode:
        raise SetupError(f"The frozen program failed its self-check; see {report}.")
    return report


def list_contents(build: Build) -> Path:
    """Say what is in the program, and why."""
    parts = contents.measure(build.program)
    for part in parts:
        print(f"{part['megabytes']:>8}  {part['part']}: {part['why']}")
    listed = build.folder / "contents.json"
    listed.write_text(json.dumps(parts, indent=2) + "\n", encoding="utf-8")
    return listed


def pack_tree(build: Build) -> Path:
    """Pack the program once for the next two steps."""
    from linux.tree import pack

    return pack(build)


def make_deb(build: Build) -> Path:
    """Pack for Debian and Ubuntu."""
    from linux.deb.build import build_deb

    return build_deb(build)


def make_archive(build: Build) -> Path:
    """Pack for any Linux, without root: one file that installs itself."""
    from linux.archive.build import build_archive

    return build_archive(build)


def make_appimage(build: Build) -> Path:
    """Pack for any Linux as one file that is the program; needs --appimage-runtime."""
    from linux.appimage.build import build_appimage

    return build_appimage(build)


def make_windows_installer(build: Build) -> Path:
    """Pack for Windows with NSIS."""
    from windows.build import build_installer

    return build_installer(build)


def make_dmg(build: Build) -> Path:
    """Sign, pack and notarize for macOS."""
    script = PACKAGING / "macos" / "make_dmg.sh"
    target = build.installers / f"embedding-lab-{build.version}.dmg"
    dev.step(
        "Packing the disk image", [["sh", str(script), str(build.program.parents[1]), str(target)]]
    )
    return target


STEPS = {
    "environment": Step("the packages, exactly pinned", make_environment),
    "icons": Step("the icon in every size", draw_icons),
    "starter": Step("the starter encoder, proven", prepare_starter),
    "freeze": Step("the program in one folder", freeze),
    "check": Step("the frozen program checks itself", check),
    "contents": Step("what is in it, by size", list_contents),
    "pack": Step("the program, packed for the next two", pack_tree, ("linux",)),
    "deb": Step("Debian and Ubuntu", make_deb, ("linux",)),
    "archive": Step("any Linux, without root", make_archive, ("linux",)),
    "appimage": Step("any Linux, one file (needs --appimage-runtime)", make_appimage, ("linux",)),
    "windows": Step("Windows", make_windows_installer, ("win32",)),
    "dmg": Step("macOS", make_dmg, ("darwin",)),
}


def size_of(path: Path) -> int:
    """Return the bytes of a file, or of all files below a folder; a link counts nothing."""
    if path.is_file():
        return path.stat().st_size
    files = (item for item in path.rglob("*") if not item.is_symlink() and item.is_file())
    return sum(item.stat().st_size for item in files)


def measure(name: str, build: Build) -> Measured:
    """Run a step and say what it took."""
    print(f"\n== {name}: {STEPS[name].title}", flush=True)
    started = time.monotonic()
    made = STEPS[name].run(build)
    seconds = round(time.monotonic() - started, 1)
    return Measured(
        name, seconds, round(size_of(made) / 1e6, 1), str(made.relative_to(build.folder))
    )


def as_table(steps: list[Measured]) -> str:
    """Return the steps as lines with aligned columns."""
    lines = [f"{'step':<12}{'seconds':>9}{'MB':>10}  made"]
    lines += [f"{s.step:<12}{s.seconds:>9.1f}{s.megabytes:>10.1f}  {s.made}" for s in steps]
    return "\n".join(lines)


def default_steps(build: Build) -> list[str]:
    """Return the steps for this system that have what they need."""
    names = [name for name, step in STEPS.items() if sys.platform in step.systems]
    return [name for name in names if name != "appimage" or build.appimage_runtime]


def main(argv: list[str]) -> int:
    """Run the steps asked for and print what they took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("steps", nargs="*", metavar="STEP", help=", ".join(STEPS))
    parser.add_argument("--list", action="store_true", help="list the steps")
    parser.add_argument("--expect", metavar="VERSION", help="end if this is another version")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "bundle")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--quick", action="store_true", help="pack in a minute, and larger")
    parser.add_argument("--appimage-runtime", type=Path, metavar="FILE")
    options = parser.parse_args(argv)
    if options.expect and options.expect != version():
        parser.error(f"this is version {version()}, not {options.expect}")
    if options.list:
        print("\n".join(f"{name:<12}{step.title}" for name, step in STEPS.items()))
        return 0
    unknown = [name for name in options.steps if name not in STEPS]
    if unknown:
        parser.error(f"there is no step {unknown[0]}; --list shows them")
    build = Build(options.folder.resolve(), options.appimage_runtime, options.quick)
    build.folder.mkdir(parents=True, exist_ok=True)
    os.environ["EMBEDDING_LAB_BUILD"] = str(build.folder)
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT / "core"), str(ROOT / "app")])
    measured: list[Measured] = []
    try:
        dev.require_python()
        measured.extend(measure(name, build) for name in options.steps or default_steps(build))
    except SetupError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    print(f"\n{as_table(measured)}")
    if options.json:
        report = {"version": build.version, "steps": [asdict(step) for step in measured]}
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
