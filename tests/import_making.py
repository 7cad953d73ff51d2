"""Importing as a job in tests: awkward tables, how the job ends, and all that a corpus holds."""

from __future__ import annotations

import csv
import random
from typing import TYPE_CHECKING, Any

from embedding_lab.jobs.events import JobCancelled, JobCompleted, JobFailed
from embedding_lab.jobs.record import create_run
from embedding_lab.jobs.run import run_job
from embedding_lab.workflows.import_corpus import ImportCorpus

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.workspace import Workspace


def perform(
    workspace: Workspace, *paths: Path | str, folder: Path | None = None, **inputs: Any
) -> JobCompleted | JobCancelled | JobFailed:
    job = ImportCorpus(tuple(map(str, paths)), **inputs)
    run_folder = folder or create_run(workspace.runs_folder, job)
    return run_job(
        job, workspace, lambda _: None, folder=run_folder, is_continued=folder is not None
    )


def imported(workspace: Workspace, *paths: Path | str, **inputs: Any) -> dict[str, Any]:
    event = perform(workspace, *paths, **inputs)
    assert isinstance(event, JobCompleted), event
    return event.result


def failed(workspace: Workspace, *paths: Path | str, **inputs: Any) -> JobFailed:
    event = perform(workspace, *paths, **inputs)
    assert isinstance(event, JobFailed), event
    assert "unexpected" not in event.message
    return event


def contents(corpus: Corpus) -> list[Any]:
    """Everything a corpus holds, in order."""
    with corpus.connect() as connection:
        return [
            connection.execute(f"SELECT * FROM {table} ORDER BY rowid").fetchall()
            for table in ("documents", "queries", "qrels", "report")
        ]


def write_table(path: Path, n_rows: int, *, bad_every: int = 50) -> Path:
    """Write a table with some ragged rows, empty texts and repeated ids."""
    chance = random.Random(path.name)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "title", "text", "year"])
        for number in range(n_rows):
            row = [
                f"{path.stem}{number - number % 97 // 96}",
                f"Title {number}",
                "wörds " * 5,
                1990,
            ]
            if number % bad_every == 7:
                row = row[:2] if chance.random() < 0.5 else [row[0], "", "", "2000"]
            writer.writerow(row)
    return path
