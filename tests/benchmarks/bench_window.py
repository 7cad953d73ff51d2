"""How long the window takes to appear, and how late its event loop is while jobs run.

    python tests/benchmarks/bench_window.py [--rows 200000] [--embed 2000] [--large 100000]

Prints one table. The loop's gaps are those of a 10 ms precise timer in the window's thread, so
10 ms is what an idle window shows; the idle line is measured in the same run for comparison.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
HOME = tempfile.TemporaryDirectory(prefix="embedding-lab-bench-")
os.environ["EMBEDDING_LAB_HOME"] = HOME.name

import numpy as np
from PySide6.QtCore import QEventLoop, Qt, QTimer

sys.path.insert(0, str(Path(__file__).parents[1]))

import study_making

from embedding_lab import resources
from embedding_lab.encoders.fingerprint import fingerprint
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.jobs.events import JobFailed
from embedding_lab.workflows.embed_corpus import EmbedCorpus
from embedding_lab.workflows.import_corpus import ImportCorpus
from embedding_lab.workspace.corpus import Document
from embedding_lab_app.application import make_application, make_window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedding_lab.jobs.job import Job
    from embedding_lab_app.main_window import MainWindow
    from embedding_lab_app.pages.search.page import SearchPage

FIRST_WINDOW = """
import time; started = time.perf_counter()
from embedding_lab_app.application import make_application, make_window
from embedding_lab_app.openings import Opening, first_folder, open_first_workspace
app, theme = make_application('light'); window = make_window(theme)
open_first_workspace(window.context, first_folder(Opening(), with_sample=False))
window.show(); app.processEvents(); print(time.perf_counter() - started)
window.close()
"""
BARE_WINDOW = """
import time; started = time.perf_counter()
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication([]); window = QMainWindow(); window.show(); app.processEvents()
print(time.perf_counter() - started)
"""
FIRST_RESULT = """
import time; started = time.perf_counter()
import sys
from pathlib import Path
from embedding_lab_app.application import make_application, make_window
from embedding_lab_app.openings import open_first_workspace
from embedding_lab.workflows.search_corpus import SearchCorpus
from embedding_lab_app.waiting import wait_until
app, theme = make_application('light'); window = make_window(theme)
open_first_workspace(window.context, Path(sys.argv[1]))
window.show(); app.processEvents()
ends = {}
window.context.runner.job_ended.connect(ends.__setitem__)
run = window.context.runner.submit(SearchCorpus("sample", "how do I copy a folder"))
wait_until(lambda: run in ends, "search", 60)
seconds = time.perf_counter() - started
assert ends[run].result["results"] and "torch" not in sys.modules
print(seconds)
window.close()
"""
QUERIES = "how do I copy a folder", "parse a date", "sort a list by two keys", "open a socket"
NTH = range(1, 26)


class GapMeter:
    """Collects the times between the ticks of a 10 ms timer."""

    def __init__(self) -> None:
        self.gaps: list[float] = []
        self._last = time.perf_counter()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(10)
        self._timer.timeout.connect(self._on_timeout)

    def _on_timeout(self) -> None:
        now = time.perf_counter()
        self.gaps.append((now - self._last) * 1e3)
        self._last = now

    def start(self) -> None:
        self.gaps.clear()
        self._last = time.perf_counter()
        self._timer.start()

    def stop(self) -> dict[str, float]:
        self._timer.stop()
        p50, p95, p99 = np.percentile(self.gaps, [50, 95, 99])
        figures = {"p50": p50, "p95": p95, "p99": p99, "max": max(self.gaps)}
        return {name: round(float(value), 1) for name, value in figures.items()} | {
            "n": len(self.gaps)
        }


def run_job(window: MainWindow, job: Job[Any]) -> dict[str, Any]:
    """Run a job through the window's runner and its event loop; return its result."""
    loop = QEventLoop()
    ends: dict[str, Any] = {}

    def on_end(ended: str, event: Any) -> None:
        ends[ended] = event
        if ended == run_id:
            loop.quit()

    window.context.runner.job_ended.connect(on_end)
    run_id = window.context.runner.submit(job)
    loop.exec()
    window.context.runner.job_ended.disconnect(on_end)
    end = ends[run_id]
    if isinstance(end, JobFailed):
        raise SystemExit(f"{job.title}: {end.message} {end.details}")
    return dict(end.result)


def make_large(window: MainWindow, rows: int) -> None:
    """Make a corpus with random vectors that pass for the starter encoder's."""
    workspace = window.context.workspace
    corpus = study_making.make_corpus(
        workspace, "large", [Document(text=f"text number {row}") for row in range(rows)]
    )
    record = EncoderStore(workspace).get("starter")
    vectors = np.random.default_rng(0).standard_normal((rows, 384), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    meta = {"fingerprint": fingerprint(record), "engine": record.engine}
    study_making.make_vectors(workspace, corpus, vectors, **meta)
    window.context.announce("corpora", "embeddings")


def type_queries(window: MainWindow, corpus: str, queries: Sequence[str]) -> dict[str, float]:
    """Search on the page itself; return milliseconds from the end of the pause to the results."""
    window.context.navigate("search", corpus=window.context.workspace.corpus(corpus).id)
    page = cast("SearchPage", window.page("search"))
    taken = []
    for query in ("warm up", *queries):
        page.bar.query.setText(query)
        loop = QEventLoop()
        page.controller.found.connect(loop.quit)
        started = time.perf_counter()
        page.controller.search_now()
        loop.exec()
        taken.append((time.perf_counter() - started) * 1e3)
        page.controller.found.disconnect(loop.quit)
    p50, p95, worst = *np.percentile(taken[1:], [50, 95]), max(taken[1:])
    return {"p50": round(p50, 1), "p95": round(p95, 1), "max": round(worst, 1), "n": len(queries)}


def idle(seconds: float) -> None:
    loop = QEventLoop()
    QTimer.singleShot(int(seconds * 1000), loop.quit)
    loop.exec()


def seconds_of(script: str, *arguments: str, repeats: int = 5) -> float:
    """Return the best of a few runs of a script that prints its own seconds."""
    command = [sys.executable, "-c", script, *arguments]
    return min(
        float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        for _ in range(repeats)
    )


def table_file(rows: int) -> Path:
    path = Path(HOME.name) / "table.csv"
    words = ["a", "corpus", "of", "texts,", "each", "a", "little", "longer", "than", "others"]
    with path.open("w", encoding="utf-8") as file:
        file.write("id,title,text\n")
        for row in range(rows):
            file.write(f'{row},Title {row},"{" ".join(words[: 3 + row % 9])}, number {row}"\n')
    return path


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--embed", type=int, default=2_000)
    parser.add_argument("--large", type=int, default=100_000, help="rows of the searched corpus")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures: dict[str, Any] = {
        "first_window_s": round(seconds_of(FIRST_WINDOW), 3),
        "bare_qt_window_s": round(seconds_of(BARE_WINDOW), 3),
    }
    app, theme = make_application("light")
    window = make_window(theme)
    window.context.create_workspace(Path(HOME.name) / "Bench.embedlab")
    window.show()
    app.processEvents()
    meter = GapMeter()

    def measured(name: str, act: Any) -> Any:
        meter.start()
        result = act()
        figures[name] = meter.stop()
        return result

    measured("idle", lambda: idle(5))
    path = table_file(options.rows)
    measured("import", lambda: run_job(window, ImportCorpus(paths=(str(path),), name="table")))
    sample = resources.path("samples/python-library")
    run_job(window, ImportCorpus(paths=(str(sample),), name="sample"))
    window.context.navigate("corpora")
    fast = EmbedCorpus("sample", limit=64, engine="onnx")
    measured("embed, fast engine loading", lambda: run_job(window, fast))
    full = EmbedCorpus("sample", limit=64, engine="torch")
    measured("embed, full engine loading", lambda: run_job(window, full))
    result = measured(
        "embed", lambda: run_job(window, EmbedCorpus("sample", limit=options.embed, engine="onnx"))
    )
    figures["embed_rows_per_second"] = result["rows_per_second"]
    make_large(window, options.large)
    type_queries(window, "large", ["once"])
    figures["query to results"] = measured(
        "search", lambda: type_queries(window, "large", [f"{q} {n}" for q in QUERIES for n in NTH])
    )
    folder = str(window.context.workspace.folder)
    window.close()
    figures["first_result_s"] = round(seconds_of(FIRST_RESULT, folder), 3)
    report(figures, as_json=options.json)


def report(figures: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(figures, indent=1))
        return
    for name, value in figures.items():
        if isinstance(value, dict):
            cells = "  ".join(f"{key} {number:>7}" for key, number in value.items())
            print(f"{name:<24}{cells}")
        else:
            print(f"{name:<24}{value}")


if __name__ == "__main__":
    main()
