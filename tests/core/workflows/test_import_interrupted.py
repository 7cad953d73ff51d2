"""An import that is cancelled, killed or out of room goes on to the same corpus."""

from __future__ import annotations

import errno
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from import_making import contents, imported, perform, write_table

from embedding_lab.jobs.cancellation import CancellationToken
from embedding_lab.jobs.events import Event, JobCancelled, JobCompleted, JobFailed, JobProgressed
from embedding_lab.jobs.record import create_run
from embedding_lab.jobs.run import run_job
from embedding_lab.readers import staging
from embedding_lab.workflows.import_corpus import ImportCorpus
from embedding_lab.workspace.corpus_writer import CorpusWriter
from embedding_lab.workspace.workspace import Workspace, create_workspace, open_workspace

if TYPE_CHECKING:
    from pathlib import Path

CHILD = """
import sys
from pathlib import Path
from embedding_lab.jobs.run import run_job
from embedding_lab.readers import staging
from embedding_lab.workflows.import_corpus import ImportCorpus
from embedding_lab.workspace.workspace import open_workspace
staging.BATCH_ITEMS, staging.COMMIT_EVERY_S = 500, 0.0
with open_workspace(sys.argv[1]) as workspace:
    print("started", flush=True)
    job = ImportCorpus(tuple(sys.argv[3:]))
    event = run_job(job, workspace, lambda _: None, folder=Path(sys.argv[2]), is_continued=True)
    print(type(event).__name__)
"""


def test_a_cancelled_import_is_continued_to_the_same_corpus(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "BATCH_ITEMS", 100)
    paths = [write_table(tmp_path / name, 3000) for name in ("a.csv", "b.csv")]
    imported(workspace, *paths, name="whole")
    job = ImportCorpus(tuple(map(str, paths)), name="whole", again=True)
    folder = create_run(workspace.runs_folder, job)
    for stop_at in (150, 2500, 4100):
        token = CancellationToken()

        def cancel(event: Event, token: CancellationToken = token, stop_at: int = stop_at) -> None:
            if isinstance(event, JobProgressed) and event.step > stop_at:
                token.cancel()

        is_continued = (folder / "staging").exists()
        event = run_job(
            job, workspace, cancel, token=token, folder=folder, is_continued=is_continued
        )
        assert isinstance(event, JobCancelled)
        assert len(workspace.corpora()) == 1
    assert isinstance(
        perform(workspace, *paths, folder=folder, again=True, name="whole"), JobCompleted
    )
    first, second = workspace.corpora()
    assert second.name == "whole 2"
    assert contents(first) == contents(second)
    assert [source.digest for source in first.sources] == [s.digest for s in second.sources]
    assert first.extra_columns == second.extra_columns


def test_an_import_killed_at_random_moments_goes_on_to_the_same_corpus(tmp_path: Path) -> None:
    paths = [str(write_table(tmp_path / name, 40_000)) for name in ("a.csv", "b.csv")]
    with create_workspace(tmp_path / "w") as workspace:
        imported(workspace, *paths)
        folder = create_run(workspace.runs_folder, ImportCorpus(tuple(paths)))
    command = [sys.executable, "-c", CHILD, str(tmp_path / "w"), str(folder), *paths]
    chance = random.Random(5)
    n_killed = 0
    for _ in range(5):
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        with child.stdout:
            child.stdout.readline()
            time.sleep(chance.uniform(0.02, 0.25))
            child.send_signal(signal.SIGKILL)
            child.wait()
        n_killed += child.returncode == -signal.SIGKILL
    assert n_killed >= 3
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "JobCompleted" in output
    with open_workspace(tmp_path / "w") as workspace:
        first, second = workspace.corpora()
        assert contents(first) == contents(second)
        assert first.sources[1].digest == second.sources[1].digest


def test_continuing_a_finished_import_does_nothing(workspace: Workspace, tmp_path: Path) -> None:
    path = write_table(tmp_path / "a.csv", 100)
    folder = create_run(workspace.runs_folder, ImportCorpus((str(path),)))
    first = perform(workspace, path, folder=folder)
    second = perform(workspace, path, folder=folder)
    assert isinstance(first, JobCompleted)
    assert isinstance(second, JobCompleted)
    assert first.result["id"] == second.result["id"]
    assert len(workspace.corpora()) == 1


def cut_import(workspace: Workspace, path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the run folder of an import of a table that was cancelled in its middle."""
    job = ImportCorpus((str(path),))
    folder = create_run(workspace.runs_folder, job)
    token = CancellationToken()
    monkeypatch.setattr(staging, "BATCH_ITEMS", 100)

    def cancel(event: Event) -> None:
        if isinstance(event, JobProgressed):
            token.cancel()

    run_job(job, workspace, cancel, token=token, folder=folder)
    return folder


def test_files_that_changed_in_between_are_not_mixed(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_table(tmp_path / "a.csv", 1000)
    folder = cut_import(workspace, path, monkeypatch)
    write_table(path, 1001)
    event = perform(workspace, path, folder=folder)
    assert isinstance(event, JobFailed)
    assert event.message == "The files changed since the import was interrupted."


def test_an_import_that_a_newer_program_began_is_left_to_it(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_table(tmp_path / "a.csv", 1000)
    folder = cut_import(workspace, path, monkeypatch)
    writer = CorpusWriter(folder / "staging")
    position = writer.position()
    writer.commit(position | {"languages": {"a.csv": "en"}})
    writer.close()
    event = perform(workspace, path, folder=folder)
    assert isinstance(event, JobFailed)
    assert event.message == (
        "The interrupted import was written by a newer Embedding Lab: this one does not know "
        "what languages means."
    )
    writer = CorpusWriter(folder / "staging")
    writer.commit(position)
    writer.close()
    assert isinstance(perform(workspace, path, folder=folder), JobCompleted)
    assert workspace.corpora()[0].n_rows == 980  # the others are rejected, with reasons


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), None])
def test_a_full_disk_is_told_and_can_be_continued(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError | None
) -> None:
    first = write_table(tmp_path / "a.csv", 100)
    imported(workspace, first, name="old")
    before = contents(workspace.corpus("old"))
    path = write_table(tmp_path / "b.csv", 3000)
    job = ImportCorpus((str(path),))
    folder = create_run(workspace.runs_folder, job)
    with monkeypatch.context() as patch:
        patch.setattr(staging, "BATCH_ITEMS", 500)
        _fill_the_disk(patch, error)
        event = run_job(job, workspace, lambda _: None, folder=folder)
    assert isinstance(event, JobFailed)
    assert event.message == "The disk is full."
    assert contents(workspace.corpus("old")) == before
    assert isinstance(perform(workspace, path, folder=folder), JobCompleted)
    assert workspace.corpus("b").n_rows == 3000 - 60


def _fill_the_disk(patch: pytest.MonkeyPatch, error: OSError | None) -> None:
    """Let the third batch find no room: by an error, or by SQLite's own limit on pages."""
    original = CorpusWriter.add_documents

    def add(self: CorpusWriter, *args: Any, **options: Any) -> Any:
        if self.n_rows > 900:
            if error is not None:
                raise error
            pages = self._connection.execute("PRAGMA page_count").fetchone()[0]
            self._connection.execute(f"PRAGMA max_page_count = {pages}")
        return original(self, *args, **options)

    patch.setattr(CorpusWriter, "add_documents", add)
