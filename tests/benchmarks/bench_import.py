"""How fast and how lean importing is: a million rows as CSV and as JSON Lines.

    python tests/benchmarks/bench_import.py [--rows 1000000]

Each file is written first and imported in a process of its own, so that its peak memory is its own.
Every hundred-thousandth row is broken on purpose; the counts must add up to the last row.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from embedding_lab.backends import peak_resident_bytes
from embedding_lab.jobs.events import JobCompleted
from embedding_lab.jobs.run import run_job
from embedding_lab.workflows.import_corpus import ImportCorpus
from embedding_lab.workspace.workspace import create_workspace

WORDS = [f"word{number}" for number in range(5000)]
BROKEN_EVERY = 100_000


def write(path: Path, rows: int) -> None:
    """Write a table of id, title, text and score, some 200 bytes a row."""
    numbers = np.random.default_rng(0)
    is_csv = path.suffix == ".csv"
    with path.open("w", encoding="utf-8") as file:
        if is_csv:
            file.write("id,title,text,score\n")
        for row in range(rows):
            text = " ".join(WORDS[i] for i in numbers.integers(0, 5000, 20))
            record = {"id": f"r{row}", "title": f"Title {row}", "text": text, "score": row % 7}
            if row % BROKEN_EVERY == BROKEN_EVERY - 1:
                file.write("only,three,cells\n" if is_csv else '{"id": "broken"\n')
            elif is_csv:
                file.write(f'r{row},Title {row},"{text}, with a comma",{row % 7}\n')
            else:
                file.write(f"{json.dumps(record)}\n")


def measure(path: Path) -> None:
    """Import one file in this process and print what it took."""
    with tempfile.TemporaryDirectory() as folder, create_workspace(Path(folder, "w")) as workspace:
        started = time.perf_counter()
        end = run_job(ImportCorpus(paths=(str(path),), name="large"), workspace, lambda _: None)
        seconds = time.perf_counter() - started
    if not isinstance(end, JobCompleted):
        raise SystemExit(str(end))
    rows, rejected = end.result["rows"], end.result["n_rejected"]
    print(
        f"{path.suffix:7} {path.stat().st_size / 1e6:5.0f} MB  {rows:,} rows + {rejected} rejected "
        f"{seconds:5.1f} s  {(rows + rejected) / seconds:7,.0f} rows/s  "
        f"peak RSS {peak_resident_bytes() / 1e6:,.0f} MB",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--import-one", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.import_one:
        measure(chosen.import_one)
        return
    with tempfile.TemporaryDirectory() as folder:
        for name in ("table.csv", "lines.jsonl"):
            path = Path(folder, name)
            write(path, chosen.rows)
            subprocess.run([sys.executable, __file__, "--import-one", str(path)], check=True)
            path.unlink()


if __name__ == "__main__":
    main()
