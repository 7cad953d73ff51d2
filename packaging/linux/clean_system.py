"""A Debian system in a folder, with nothing installed but its base, to try installers in."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SUITE = "bookworm"
USER = "tester"
# Folders whose contents come and go by themselves.
PASSING = (
    "proc",
    "sys",
    "dev",
    "tmp",
    "run",
    "var/cache",
    "var/lib/apt",
    "var/lib/dpkg",
    "var/log",
)
# Each command has its own processes, which end with it, and its own view of the disks.
ALONE = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
MOUNTS = 'mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && exec chroot "$0" "$@"'


class TrialError(Exception):
    """What was tried did not do what it should."""


@dataclass(frozen=True)
class Done:
    """What a command in the clean system came to."""

    status: int
    out: str
    err: str


class CleanSystem:
    """A folder with a system in it.

    Parameters
    ----------
    folder : Path
        Where the system is.
    base : Path
        Where the untouched copy is kept, made when it is missing.
    """

    def __init__(self, folder: Path, base: Path) -> None:
        self.folder = folder
        if not (base / "etc" / "debian_version").exists():
            if shutil.which("debootstrap") is None:
                raise TrialError("Making a clean Debian needs debootstrap: apt install debootstrap")
            shutil.rmtree(base, ignore_errors=True)
            _run(["debootstrap", "--variant=minbase", SUITE, str(base), *_mirror()])
        shutil.rmtree(folder, ignore_errors=True)
        _run(["cp", "--archive", str(base), str(folder)])
        _run(["cp", "--dereference", "/etc/resolv.conf", str(folder / "etc")])
        # Nothing here has to outlive a power cut, and waiting for the disk takes minutes.
        (folder / "etc" / "dpkg" / "dpkg.cfg.d" / "trial").write_text("force-unsafe-io\n")
        self.sh("apt-get update")
        self.sh(f"useradd --create-home --shell /bin/sh {USER}")

    def sh(self, script: str, *, timeout: float = 900) -> str:
        """Run a script as root, with the network; return what it printed."""
        done = self._inside(
            ["env", "DEBIAN_FRONTEND=noninteractive", "sh", "-ec", script], [], timeout
        )
        if done.status:
            raise TrialError(f"{script}\n{done.out[-1500:]}\n{done.err[-1500:]}")
        return done.out

    def as_user(self, script: str, *, timeout: float = 900, **environment: str) -> Done:
        """Run a script as an ordinary user, without any network."""
        words = [f"{name}={value}" for name, value in environment.items()]
        clean = ["env", "-i", f"HOME=/home/{USER}", "PATH=/usr/local/bin:/usr/bin:/bin", *words]
        command = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", *clean]
        inside = f"cd /home/{USER}; {script}"
        return self._inside([*command, "sh", "-c", inside], ["--net"], timeout)

    def install(self, *names: str) -> None:
        """Install packages, by name or by path, without what they merely recommend."""
        self.sh(f"apt-get install -y --no-install-recommends {shlex.join(names)}")

    def bring(self, path: Path) -> str:
        """Copy a file into the system and return its path there."""
        shutil.copy(path, self.folder / "srv" / path.name)
        return f"/srv/{path.name}"

    def files(self) -> set[str]:
        """Return every file, link and folder but those that come and go by themselves."""
        skipped = " -o ".join(f"-path /{name}" for name in PASSING)
        return set(self.sh(f"find / -xdev \\( {skipped} \\) -prune -o -print").splitlines())

    def _inside(self, command: list[str], apart: list[str], timeout: float) -> Done:
        # The first process of those of their own: with it they all end, whatever they wait for.
        limited = ["timeout", "--signal=KILL", str(timeout), *command]
        whole = [*ALONE, *apart, "sh", "-c", MOUNTS, str(self.folder), *limited]
        done = subprocess.run(whole, capture_output=True, text=True, errors="replace", check=False)
        return Done(done.returncode, done.stdout, done.stderr)


def _mirror() -> list[str]:
    """Return where this machine gets packages of that system from; nothing for the usual place."""
    command = ["apt-get", "indextargets", "--format", "$(SITE)", f"Codename: {SUITE}"]
    found = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()
    return found[:1]


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise TrialError(f"{shlex.join(command)}\n{done.stdout[-1500:]}\n{done.stderr[-1500:]}")
