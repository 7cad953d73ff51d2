#!/usr/bin/env python3
"""Set up a source checkout, then run the program or its tests. Needs nothing but Python 3.11.

    python3 packaging/dev.py run [ARGS]     open the window (with no display: the tour, off-screen)
    python3 packaging/dev.py test [ARGS]    run every check; with ARGS, only pytest with them
    python3 packaging/dev.py setup          make the environment and stop

The first time each makes ``.venv`` with the exact versions of ``packaging/requirements.txt`` and
installs the system libraries a window needs (on Debian as root; elsewhere it prints the command).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "embedding-lab-setup.txt"
REQUIREMENTS = ROOT / "packaging" / "requirements.txt"
LOG = ROOT / "build" / "setup.log"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

# Raise it when the recipe below changes, so that existing environments are made again.
RECIPE = "3"
# Plain names bring gigabytes of CUDA on Linux; this one, installed first, does not.
TORCH = "torch==2.13.0"

# What Qt's wheels expect of the system, the fonts they draw with, and a screen for the tests.
WINDOW_PACKAGES = (
    "fonts-dejavu-core",
    "libdbus-1-3",
    "libegl1",
    "libfontconfig1",
    "libgl1",
    "libglib2.0-0",
    "libx11-xcb1",
    "libxcb-cursor0",
    "libxcb-icccm4",
    "libxcb-image0",
    "libxcb-keysyms1",
    "libxcb-randr0",
    "libxcb-render-util0",
    "libxcb-shape0",
    "libxcb-shm0",
    "libxcb-sync1",
    "libxcb-xfixes0",
    "libxcb-xkb1",
    "libxkbcommon-x11-0",
    "libxkbcommon0",
)
# And what the installers and the desktop's messages are tried with.
TEST_PACKAGES = (
    "dbus-daemon",
    "desktop-file-utils",
    "libglib2.0-bin",
    "nsis",
    "squashfs-tools",
    "xauth",
    "xvfb",
    "zstd",
)

N_PROCESSES = str(min(os.cpu_count() or 1, 4))
CHECKS = (
    ("Formatting", ("-m", "ruff", "format", "--check", ".")),
    ("Lint", ("-m", "ruff", "check", ".")),
    ("Types", ("-m", "mypy")),
    ("Import contracts", ("-c", "from importlinter.cli import lint_imports_command as c; c()")),
    # Files of tests are shared out among processes; a file's tests stay together. In their own
    # order the long ones of the window come first, so that no process waits for them at the end.
    # A process that dies is not replaced: its test is named and the run ends, whereas pytest-xdist
    # 3.8 may wait for ever for the tests it gives to a second one.
    (
        "Tests",
        (
            *("-m", "pytest", "-n", N_PROCESSES, "--dist", "loadfile"),
            *("--no-loadscope-reorder", "--max-worker-restart", "0"),
            # Where not even its own time limit ends a test, the process ends and says where it was.
            *("-o", "faulthandler_timeout=660", "-o", "faulthandler_exit_on_timeout=true"),
        ),
    ),
)
# Each of the processes that test side by side computes on one core: more threads than cores wait
# for each other, several times as long as they compute.
ONE_THREAD = {"OMP_NUM_THREADS": "1"}


class SetupError(Exception):
    """Something stands in the way; the text says what and what to do."""


def main(argv: list[str]) -> int:
    """Do what the first argument says and return the exit status."""
    commands = {"run": run, "test": test, "setup": lambda _: 0}
    if not argv or argv[0] not in commands:
        print(__doc__)
        return 0 if argv and argv[0] in {"-h", "--help"} else 2
    try:
        require_python()
        packages = WINDOW_PACKAGES + (TEST_PACKAGES if argv[0] == "test" else ())
        ensure_system_packages(packages, is_required=argv[0] != "setup")
        ensure_environment()
        return commands[argv[0]](argv[1:])
    except SetupError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def run(arguments: list[str]) -> int:
    """Open the window, or walk the tour off-screen where there is no display."""
    if has_display():
        return call([str(PYTHON), "-m", "embedding_lab_app", *(arguments or ["--sample"])])
    out = ROOT / "build" / "tour"
    print(f"There is no display, so the tour runs off-screen. Its pictures go to {out}.")
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    command = [str(PYTHON), "-m", "embedding_lab_app", "--tour", str(out)]
    return call(command, environment)


def test(arguments: list[str]) -> int:
    """Run every check, or only pytest with the arguments given; 1 if any failed."""
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    if arguments:
        return call([str(PYTHON), "-m", "pytest", *arguments], environment)
    failed = []
    for title, check in CHECKS:
        print(f"\n== {title}", flush=True)
        started = time.monotonic()
        if call([str(PYTHON), *check], environment | ONE_THREAD):
            failed.append(title)
        print(f"-- {title}: {time.monotonic() - started:.1f} s", flush=True)
    print("\nFailed: " + ", ".join(failed) if failed else "\nEverything passed.")
    return 1 if failed else 0


def call(command: list[str], environment: dict[str, str] | None = None) -> int:
    """Run a command in the checkout and return its exit status."""
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def require_python() -> None:
    """Refuse a Python that is too old for the sources."""
    # Whoever runs this may have any Python, whatever the project demands.
    if sys.version_info < (3, 11):  # noqa: UP036
        raise SetupError(
            f"Embedding Lab needs Python 3.11 or newer; this is {sys.version.split()[0]}."
        )


def has_display() -> bool:
    """Whether a window could be shown."""
    if sys.platform != "linux":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


# The system


def ensure_system_packages(packages: tuple[str, ...], *, is_required: bool) -> None:
    """Install what Debian lacks, or say how; other systems are taken as they are."""
    if shutil.which("dpkg-query") is None or shutil.which("apt-get") is None:
        return
    wanted = packages if has_venv_module() else (*packages, venv_package())
    missing = missing_packages(wanted)
    if not missing:
        return
    command = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
    if os.geteuid() != 0:
        message = (
            f"These system packages are missing. Install them with:\n  sudo {' '.join(command)}"
        )
        if is_required:
            raise SetupError(message)
        print(message)
        return
    step(f"Installing {len(missing)} system packages", [["apt-get", "update"], command])


def missing_packages(packages: tuple[str, ...]) -> list[str]:
    """Return those that dpkg does not know as installed."""
    query = ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *packages]
    done = subprocess.run(query, capture_output=True, text=True, check=False)
    lines = (line.split() for line in done.stdout.splitlines())
    installed = {words[0] for words in lines if words[-1:] == ["installed"]}
    return [name for name in packages if name not in installed]


def has_venv_module() -> bool:
    """Whether this Python can make environments; Debian ships that apart."""
    import importlib.util

    return importlib.util.find_spec("ensurepip") is not None


def venv_package() -> str:
    """Return the Debian package that brings the missing part."""
    return f"python{sys.version_info.major}.{sys.version_info.minor}-venv"


# The environment


def wanted_stamp() -> str:
    """Return a hash of everything that decides what is installed."""
    parts = [RECIPE, TORCH, sys.version, str(ROOT)]
    files = (REQUIREMENTS, ROOT / "pyproject.toml")
    parts += [file.read_text(encoding="utf-8") for file in files]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def ensure_environment() -> None:
    """Make or complete ``.venv``; returns at once when it is as it should be."""
    stamp = wanted_stamp()
    if PYTHON.exists() and STAMP.exists() and STAMP.read_text(encoding="utf-8") == stamp:
        return
    started = time.monotonic()
    if not environment_works():
        shutil.rmtree(VENV, ignore_errors=True)
        step("Making .venv", [[sys.executable, "-m", "venv", str(VENV)]])
    STAMP.unlink(missing_ok=True)
    pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check"]
    step("Installing PyTorch", [[*pip, TORCH]])
    step("Installing the other packages", [[*pip, "-r", str(REQUIREMENTS)]])
    editable = [*pip, "--no-deps", "--no-build-isolation", "-e", str(ROOT)]
    step("Installing Embedding Lab", [editable])
    step(
        "Preparing the starter encoder",
        [[str(PYTHON), "-m", "embedding_lab.workflows.prepare_starter"]],
    )
    STAMP.write_text(stamp, encoding="utf-8")
    print(f"The environment is ready ({time.monotonic() - started:.0f} s).", flush=True)


def environment_works() -> bool:
    """Whether ``.venv`` has a Python of this version that starts and can install."""
    if not PYTHON.exists():
        return False
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    probe = f"import pip, sys; sys.exit('%d.%d' % sys.version_info[:2] != {version!r})"
    try:
        done = subprocess.run([str(PYTHON), "-c", probe], check=False, capture_output=True)
    except OSError:
        return False
    return done.returncode == 0


def step(title: str, commands: list[list[str]]) -> None:
    """Run commands quietly, one line on the screen; show their last lines if one fails."""
    print(f"{title}…", end=" ", flush=True)
    started = time.monotonic()
    LOG.parent.mkdir(exist_ok=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in commands:
        with LOG.open("a", encoding="utf-8") as log:
            done = subprocess.run(
                command, stdout=log, stderr=subprocess.STDOUT, env=environment, check=False
            )
        if done.returncode:
            print("failed")
            tail = LOG.read_text(encoding="utf-8", errors="replace").splitlines()[-15:]
            raise SetupError(
                "\n".join(tail)
                + f"\n\nThis step failed: {' '.join(command)}\nThe whole log is in {LOG}. "
                "Check the connection and the free disk space, then start again: what is done is "
                "kept."
            )
    print(f"{time.monotonic() - started:.0f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
