#!/usr/bin/env python3
"""Install, use, upgrade and remove the Debian package in a clean Debian system.

Needs root and debootstrap.

    python3 packaging/linux/try_deb.py build/bundle/installers/embedding-lab_*.deb
    python3 packaging/linux/try_deb.py DEB --run RUN    also the self-installing file beside it

The clean system has no Python, no screen, no compiler. The program runs there as an ordinary user
without any network. Pictures and results are left in ``--out``.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from linux.clean_system import USER, CleanSystem, TrialError

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
# A screen, and what every desktop has to know menu entries and file types.
SCREEN_TOOLS = ("xvfb", "xauth", "openbox", "xdotool", "x11-utils", "scrot", "libglib2.0-bin")
TOOLS = (*SCREEN_TOOLS, "procps", "desktop-file-utils", "shared-mime-info", "hicolor-icon-theme")
OLDER = "0.0.1"
FILE_TYPE = "application/x-embedding-lab-workspace"
ENTRY = "/usr/share/applications/embedding-lab.desktop"
OWN_TRACES = ("embedding-lab", "embedding_lab", "embedlab")
# The screen before ended with its command, and could not take its lock away.
SCREEN = """
rm -f /tmp/.X9-lock /tmp/.X11-unix/X9
Xvfb :9 -screen 0 1280x800x24 {options} >/dev/null 2>&1 &
export DISPLAY=:9
until xdpyinfo >/dev/null 2>&1; do sleep 0.1; done
openbox >/dev/null 2>&1 &
"""
# A picture once the window is there, then the key that closes it.
LOOK = """
begin=$(date +%s%N)
{start} >started.txt 2>&1 &
xdotool search --sync --onlyvisible --class "Embedding Lab" >/dev/null
echo "seconds: $(( ($(date +%s%N) - begin) / 1000000 ))"
sleep 3
xprop -id "$(xdotool getactivewindow)" WM_CLASS WM_NAME
scrot -o /home/{user}/{picture}
xdotool key --clearmodifiers alt+F4
for i in 1 2 3 4 5 6 7 8 9 10; do
    pgrep -f '[l]ib/embedding-lab' >/dev/null || exit 0
    sleep 0.5
done
cat started.txt
exit 9
"""


class Trial:
    """The package's life in the clean system, one method a station."""

    def __init__(
        self, system: CleanSystem, deb: Path, run: Path | None, out: Path, *, has_upgrade: bool
    ) -> None:
        self.system, self.deb, self.run, self.out = system, deb, run, out
        self.has_upgrade = has_upgrade
        self.there = system.bring(deb)

    def stations(self) -> dict[str, Callable[[], str]]:
        """Return the stations by their names, in order."""
        found = {
            "it installs": self.install,
            "no library is missing": self.libraries,
            "it checks itself": self.self_check,
            "without a display it says so": self.no_display,
            "it leaves nothing behind": self.remove,
            "it installs on a desktop, over an older version": self.on_desktop,
            "the menu entry opens the window": self.open_menu_entry,
            "a workspace's file opens the window": self.open_file,
            "it needs no OpenGL": self.no_opengl,
            "the tour": self.tour,
        }
        if self.run is not None:
            found["a second one beside it"] = self.beside
        return found | {"after use, only the user's files are left": self.purge}

    def install(self) -> str:
        """Install the package with what it depends on."""
        self.system.install(self.there)
        return self.system.sh("dpkg-query -W -f '${Installed-Size} kB, ${Depends}' embedding-lab")

    def libraries(self) -> str:
        """Ask the system for every library that anything in the program names."""
        listing = self.system.sh(
            "find /usr/lib/embedding-lab -type f \\( -name '*.so*' -o -name 'embedding-lab*' \\) "
            "! -name '*.pkg' -exec env LD_LIBRARY_PATH=/usr/lib/embedding-lab/_internal ldd {} + "
            "2>/dev/null | grep 'not found' | sort -u || true"
        )
        missing = [line.split()[0] for line in listing.splitlines()]
        _require(not missing, f"These libraries are found nowhere: {', '.join(missing)}")
        return "all found"

    def self_check(self) -> str:
        """Let the installed program check itself."""
        done = self.system.as_user("embedding-lab self-check")
        _require(done.status == 0, done.out + done.err)
        return done.out

    def no_display(self) -> str:
        """Start the window where there is none to show it on."""
        done = self.system.as_user("embedding-lab-app")
        _require(done.status == 1 and done.err.startswith("There is no display"), repr(done))
        return done.err.splitlines()[0]

    def remove(self) -> str:
        """Remove it and look for anything it left."""
        self.system.sh("apt-get purge -y embedding-lab")
        left = _traces(self.system.files())
        _require(not left, f"Left behind: {left}")
        return "nothing left"

    def upgrade(self) -> str:
        """Install an older version, then this one over it."""
        with tempfile.TemporaryDirectory() as folder:
            older = make_older(self.deb, Path(folder))
            self.system.install(self.system.bring(older))
        shown = self.system.as_user("embedding-lab --version").out
        self.system.install(self.there)
        left = self.system.folder / "usr/lib/embedding-lab/_internal/only-in-the-older.txt"
        _require(not left.exists(), "A file of the older version is still there.")
        version = self.system.sh("dpkg-query -W -f '${Version}' embedding-lab")
        return f"{OLDER} was replaced by {version} ({shown.strip()} in both programs)"

    def on_desktop(self) -> str:
        """Install it where there are a screen and a menu."""
        self.system.install(*TOOLS, *(("zstd",) if self.run else ()))
        self.before = self.system.files()
        if not self.has_upgrade:
            self.system.install(self.there)
            return "installed on it"
        return self.upgrade()

    def open_menu_entry(self) -> str:
        """Open the window as a desktop does."""
        return self._open(f"gio launch {ENTRY}", "menu-entry.png")

    def open_file(self) -> str:
        """Open what the file type is associated with, as a file manager does."""
        made = self.system.as_user("embedding-lab workspace new opened.embedlab")
        _require(made.status == 0, made.err)
        pointer = "opened.embedlab/Open in Embedding Lab.embedlab"
        self.system.as_user(f"[ -f '{pointer}' ] || echo '{{}}' >'{pointer}'")
        told = self.system.as_user(f"gio info -a standard::content-type '{pointer}'").out
        _require(FILE_TYPE in told, told)
        default = self.system.as_user(f"gio mime {FILE_TYPE}").out
        _require("embedding-lab.desktop" in default, default)
        shown = self._open(f"gio launch {ENTRY} '{pointer}'", "workspace-file.png")
        _require('"opened' in shown, f"Another workspace was opened: {shown}")
        return shown

    def no_opengl(self) -> str:
        """Open the window on a screen that knows no OpenGL."""
        return self._open("embedding-lab-app", "no-opengl.png", options="-extension GLX")

    def tour(self) -> str:
        """Walk through every page on a screen."""
        script = SCREEN.format(options="") + "embedding-lab tour --out tour --rows 500 --json"
        done = self.system.as_user(script, timeout=1800)
        _require(done.status == 0, done.out[-2000:] + done.err[-2000:])
        made = self.system.folder / "home" / USER / "tour"
        shutil.copytree(made, self.out / "tour", dirs_exist_ok=True)
        return f"{len(list(made.rglob('*.png')))} pictures"

    def beside(self) -> str:
        """Install the other kind for the same user, use both, remove it again."""
        assert self.run is not None
        home = self.system.folder / "home" / USER
        before = {str(path) for path in home.rglob("*")}
        there = self.system.bring(self.run)
        done = self.system.as_user(
            f"sh {there} && sh {there} && .local/bin/embedding-lab self-check"
        )
        _require(done.status == 0, done.out + done.err)
        _require(
            self.system.as_user("/usr/bin/embedding-lab --version").status == 0, "The first one."
        )
        shown = self._open(".local/bin/embedding-lab-app", "beside.png")
        done = self.system.as_user(f"sh {there} --uninstall")
        _require(done.status == 0, done.out + done.err)
        left = _traces({str(path) for path in home.rglob("*")} - before)
        own = [name for name in left if "/.cache/" not in name and "/.config/" not in name]
        _require(
            not [name for name in own if "/.local/lib" in name or "/.local/bin" in name], str(own)
        )
        return shown

    def purge(self) -> str:
        """Remove it after use and compare all files with those before."""
        self.system.sh("apt-get purge -y embedding-lab")
        after = self.system.files()
        new = sorted(after - self.before)
        elsewhere = [name for name in new if not name.startswith((f"/home/{USER}/", "/srv/"))]
        known = ("/usr/share/mime/", "/usr/share/applications/mimeinfo.cache")
        elsewhere = [name for name in elsewhere if not name.startswith(known) or _traces({name})]
        _require(not elsewhere, f"Left behind: {elsewhere}")
        _require(
            any("opened.embedlab/workspace.json" in name for name in after),
            "The workspace is gone.",
        )
        return f"{len(new):,} files of the user's own"

    def _open(self, start: str, picture: str, *, options: str = "") -> str:
        script = SCREEN.format(options=options) + LOOK.format(
            start=start, picture=picture, user=USER
        )
        done = self.system.as_user(script, timeout=180)
        _require(done.status == 0, f"{done.status}: {done.out} {done.err}")
        shutil.copy(self.system.folder / "home" / USER / picture, self.out / picture)
        return " ".join(done.out.split())


def make_older(deb: Path, folder: Path) -> Path:
    """Return the package with an older version number and a file that the new one lacks."""
    tree = folder / "tree"
    subprocess.run(["dpkg-deb", "-R", str(deb), str(tree)], check=True)
    control = tree / "DEBIAN" / "control"
    lines = control.read_text(encoding="utf-8").splitlines()
    changed = [f"Version: {OLDER}" if line.startswith("Version:") else line for line in lines]
    control.write_text("\n".join(changed) + "\n", encoding="utf-8")
    (tree / "usr/lib/embedding-lab/_internal/only-in-the-older.txt").write_text("old\n")
    target = folder / f"embedding-lab_{OLDER}_amd64.deb"
    subprocess.run(["dpkg-deb", "-Znone", "--build", str(tree), str(target)], check=True)
    return target


def _traces(names: set[str]) -> list[str]:
    return sorted(
        name
        for name in names
        if any(trace in name for trace in OWN_TRACES) and not name.startswith("/srv/")
    )


def _require(is_so: bool, told: str) -> None:
    if not is_so:
        raise TrialError(told)


def walk(trial: Trial) -> list[dict[str, Any]]:
    """Visit every station, the later ones too when one fails, and say what each came to."""
    results = []
    for name, station in trial.stations().items():
        started = time.monotonic()
        try:
            told, passed = station(), True
        except (TrialError, subprocess.SubprocessError, OSError) as error:
            told, passed = str(error), False
        seconds = round(time.monotonic() - started, 1)
        results.append({"station": name, "passed": passed, "seconds": seconds, "told": told})
        mark = "ok    " if passed else "FAILED"
        print(f"{mark} {name} ({seconds} s)\n       {told.strip()[:2000]}", flush=True)
    return results


def main(argv: list[str]) -> int:
    """Try the package and return 1 if any station failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("deb", type=Path)
    parser.add_argument("--run", type=Path, metavar="FILE", help="the self-installing file")
    parser.add_argument(
        "--without-upgrade", action="store_true", help="leave the older version out: minutes less"
    )
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "clean-system")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "try-deb")
    options = parser.parse_args(argv)
    options.out.mkdir(parents=True, exist_ok=True)
    options.folder.mkdir(parents=True, exist_ok=True)
    try:
        system = CleanSystem(options.folder / "system", options.folder / "base")
    except TrialError as error:
        print(error, file=sys.stderr)
        return 1
    has_upgrade = not options.without_upgrade
    trial = Trial(system, options.deb, options.run, options.out, has_upgrade=has_upgrade)
    results = walk(trial)
    (options.out / "results.json").write_text(
        json.dumps(results, indent=2) + "\n", encoding="utf-8"
    )
    return 0 if all(result["passed"] for result in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
