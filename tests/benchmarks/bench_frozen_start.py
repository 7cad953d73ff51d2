"""How long the frozen program takes to start, and to the first search result.

EMBEDDING_LAB_FROZEN=build/bundle/dist/embedding-lab python tests/benchmarks/bench_frozen_start.py
Needs an X11 display and `xdotool` for the window; prints medians as JSON. The processor's seconds
count what the program itself computed, whatever else the machine did meanwhile.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

PROGRAM = Path(os.environ["EMBEDDING_LAB_FROZEN"]).resolve()
SAMPLE = PROGRAM / "_internal" / "resources" / "samples" / "methods"
QUERY = "learning from few examples"
TITLE = "Embedding Lab"


def environment(home: Path) -> dict[str, str]:
    """Return what a desktop would tell the program."""
    return {"HOME": str(home), "PATH": "/usr/bin:/bin", "DISPLAY": os.environ.get("DISPLAY", "")}


def run(home: Path, *words: str) -> str:
    """Run the command line and return what it printed."""
    command = [PROGRAM / "embedding-lab", *words]
    known = environment(home)
    return subprocess.run(command, env=known, capture_output=True, text=True, check=True).stdout


def cpu_seconds() -> float:
    """Return what all ended children have computed."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measured_command(home: Path, *words: str) -> tuple[float, float]:
    """Return wall and processor seconds of one command."""
    wall, cpu = time.perf_counter(), cpu_seconds()
    run(home, *words)
    return time.perf_counter() - wall, cpu_seconds() - cpu


def measured_window(home: Path, workspace: Path) -> tuple[float, float]:
    """Return wall and processor seconds until the window is there."""
    wall = time.perf_counter()
    door = PROGRAM / "embedding-lab-app"
    with subprocess.Popen([door, workspace], env=environment(home)) as window:
        look = ["xdotool", "search", "--sync", "--onlyvisible", "--class", TITLE]
        subprocess.run(look, check=True, capture_output=True, timeout=120)
        seconds = time.perf_counter() - wall
        fields = Path(f"/proc/{window.pid}/stat").read_text().rpartition(")")[2].split()
        cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        window.terminate()
        window.wait(20)
    return seconds, cpu


def medians(pairs: list[tuple[float, float]]) -> dict[str, float]:
    """Return the middle of each column, without the first run, which fills the disk's cache."""
    wall, cpu = zip(*pairs[1:], strict=True)
    return {
        "seconds": round(statistics.median(wall), 2),
        "fastest": round(min(wall), 2),
        "processor_seconds": round(statistics.median(cpu), 2),
    }


def main() -> None:
    """Measure each start several times."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats + 1
    with tempfile.TemporaryDirectory() as folder:
        home, study = Path(folder), Path(folder) / "Study.embedlab"
        at = ("--workspace", str(study))
        run(home, "workspace", "new", str(study))
        run(home, "corpus", "import", str(SAMPLE), "--name", "methods", *at)
        run(home, "embed", "methods", *at)
        search = ("search", "methods", QUERY, *at)
        report = {
            "version": medians([measured_command(home, "--version") for _ in range(repeats)]),
            "search": medians([measured_command(home, *search) for _ in range(repeats)]),
        }
        if os.environ.get("DISPLAY"):
            report["window"] = medians([measured_window(home, study) for _ in range(repeats)])
    print(json.dumps({"load": os.getloadavg()[0], **report}, indent=2))


if __name__ == "__main__":
    main()
