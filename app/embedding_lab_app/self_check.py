"""Checking that this installation works, without showing anything."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embedding_lab import resources
from embedding_lab.errors import LabError
from embedding_lab.jobs.events import JobCompleted, JobFailed
from embedding_lab.paths import HOME_VARIABLE
from embedding_lab.registry.registry import Registry
from embedding_lab.workflows.embed_corpus import EmbedCorpus
from embedding_lab.workflows.export_onnx import ExportOnnx
from embedding_lab.workflows.import_corpus import ImportCorpus
from embedding_lab.workflows.search_corpus import SearchCorpus
from embedding_lab.workflows.train_encoder import TrainEncoder
from embedding_lab_app.application import make_application, make_window
from embedding_lab_app.pages.registry import PAGES
from embedding_lab_app.waiting import wait_until

if TYPE_CHECKING:
    from embedding_lab.jobs.events import Event
    from embedding_lab.jobs.job import Job
    from embedding_lab_app.main_window import MainWindow

TEXTS = ("The cat sleeps on the sofa.", "Shares fell sharply today.", "Rain is expected at noon.")
QUERY, ANSWER = "a sleeping pet", 0
PAIRS = "samples/pairs-with-scores"
ONE_STEP = {"steps": 1, "batch_size": 4, "validation_rows": 0, "held_out_rows": 0}
PROVEN_ROWS = 20
PATIENCE_S = 300
FAILED = 1
Check = Callable[["MainWindow", Path], None]


def run_self_check(*, as_json: bool) -> int:
    """Run every check, print what came of it, and return the exit status."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    with tempfile.TemporaryDirectory(prefix="embedding-lab-check-") as home:
        os.environ[HOME_VARIABLE] = home
        _, theme = make_application("light")
        window = make_window(theme)
        window.context.create_workspace(Path(home) / "Check.embedlab")
        checks = [_run(name, check, window, Path(home)) for name, check in CHECKS.items()]
        window.context.runner.cancel_all()
        wait_until(lambda: not window.context.runner.has_live_jobs, "The end", 60)
        window.close()
    passed = all(check["passed"] for check in checks)
    text = json.dumps({"passed": passed, "checks": checks}) if as_json else _as_text(checks)
    sys.stdout.write(f"{text}\n")
    return 0 if passed else FAILED


def _run(name: str, check: Check, window: MainWindow, home: Path) -> dict[str, Any]:
    started = time.perf_counter()
    message = ""
    try:
        check(window, home)
    except Exception as error:  # noqa: BLE001 - whatever breaks is what the check is for
        message = str(error) or type(error).__name__
    seconds = round(time.perf_counter() - started, 2)
    return {"check": name, "passed": not message, "seconds": seconds, "message": message}


def _as_text(checks: list[dict[str, Any]]) -> str:
    return "\n".join(
        f"{'ok    ' if check['passed'] else 'FAILED'} {check['check']} "
        f"({check['seconds']} s) {check['message']}".rstrip()
        for check in checks
    )


def _open_pages(window: MainWindow, _home: Path) -> None:
    for entry in PAGES:
        window.show_page(entry.page_id)


def _make_methods(_window: MainWindow, _home: Path) -> None:
    for card in Registry().list():
        card.create()


def _import(window: MainWindow, home: Path) -> None:
    path = home / "texts.txt"
    path.write_text("\n".join(TEXTS), encoding="utf-8")
    result = _result(window, ImportCorpus(paths=(str(path),), name="check"))
    if result["rows"] != len(TEXTS):
        raise LabError(f"{result['rows']} rows came in instead of {len(TEXTS)}.")


def _embed(window: MainWindow, _home: Path) -> None:
    _result(window, EmbedCorpus("check"))


def _search(window: MainWindow, _home: Path) -> None:
    result = _result(window, SearchCorpus("check", QUERY))
    if result["results"][0]["row"] != ANSWER:
        raise LabError(f"The search for “{QUERY}” found another row first.")


def _export(window: MainWindow, home: Path) -> None:
    result = _result(window, ExportOnnx("starter", str(home / "exported"), n_rows=PROVEN_ROWS))
    if not result["passed"]:
        raise LabError("The exported ONNX file does not agree with its encoder.")


def _train(window: MainWindow, _home: Path) -> None:
    sample = str(resources.path(PAIRS))
    _result(window, ImportCorpus(paths=(sample,), name="pairs"))
    result = _result(window, TrainEncoder("pairs", objective="cosent", settings=ONE_STEP))
    if result["steps"] != 1:
        raise LabError(f"The training ended after {result['steps']} steps instead of one.")


CHECKS: dict[str, Check] = {
    "every page opens": _open_pages,
    "every method can be made": _make_methods,
    "a file is imported": _import,
    "the starter encoder embeds it": _embed,
    "the right row is found": _search,
    "the encoder is exported as ONNX, with proof": _export,
    "a training takes a step": _train,
}


def _result(window: MainWindow, job: Job[Any]) -> dict[str, Any]:
    runner = window.context.runner
    ends: dict[str, Event] = {}
    connection = runner.job_ended.connect(lambda run_id, event: ends.update({run_id: event}))
    run_id = runner.submit(job)
    wait_until(lambda: run_id in ends, job.title, PATIENCE_S)
    runner.job_ended.disconnect(connection)
    end = ends[run_id]
    if isinstance(end, JobCompleted):
        return end.result
    raise LabError(end.message if isinstance(end, JobFailed) else f"{job.title} was cancelled.")
