"""Embedding that is cancelled, killed or out of room loses nothing that was committed."""

from __future__ import annotations

import errno
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import study_making
from embedding_making import documents, embed, embed_and_watch, expected, failure, vectors_by_row
from encoder_making import HashEncoder

from embedding_lab.encoders.store import EncoderStore
from embedding_lab.jobs.cancellation import CancellationToken
from embedding_lab.jobs.events import JobCancelled, JobCompleted
from embedding_lab.jobs.record import create_run
from embedding_lab.jobs.run import run_job
from embedding_lab.workflows.embed_corpus import EmbedCorpus
from embedding_lab.workspace.corpus import Document
from embedding_lab.workspace.vector_set import (
    ROWS_FILE,
    STATE_FILE,
    VECTORS_FILE,
    VectorSet,
    VectorWriter,
)

if TYPE_CHECKING:
    from embedding_lab.jobs.events import Event
    from embedding_lab.workspace.workspace import Workspace

CHILD = Path(__file__).parents[2] / "embedding_child.py"


@pytest.mark.usefixtures("corpus", "hash_encoder")
def test_a_disk_without_room_is_told_before_anything_is_written(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(workspace.folder)._replace(free=10_400_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    assert "Embedding study needs about 11 MB" in failure(workspace).message
    assert workspace.vector_sets() == []


@pytest.mark.usefixtures("corpus")
def test_a_disk_that_fills_up_keeps_what_was_committed(
    workspace: Workspace, hash_encoder: HashEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    uninterrupted = expected(hash_encoder, workspace.corpus("study"))
    with monkeypatch.context() as patch:
        real_open = VectorWriter._open
        patch.setattr(
            VectorWriter, "_open", lambda self, *rest: FillingFile(real_open(self, *rest), 5)
        )
        failed = failure(workspace)
    assert failed.message == "The disk is full."
    (vector_set,) = workspace.vector_sets()
    assert 0 < vector_set.n_rows < 400
    np.testing.assert_allclose(vector_set.vectors(), uninterrupted[vector_set.rows()], atol=1e-6)
    result = embed(workspace)
    assert result["rows"] == 400
    np.testing.assert_allclose(vectors_by_row(workspace, result["key"]), uninterrupted, atol=1e-6)


class FillingFile:
    """A file whose disk is full after a number of writes; half of the last one still fits."""

    def __init__(self, file: Any, n_writes: int) -> None:
        self._file = file
        self._left = n_writes

    def write(self, data: bytes) -> int:
        self._left -= 1
        if self._left < 0:
            self._file.write(data[: len(data) // 2])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return int(self._file.write(data))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> Any:
        return self._file.__enter__()

    def __exit__(self, *rest: object) -> None:
        self._file.__exit__(*rest)


@pytest.mark.usefixtures("corpus")
def test_bytes_behind_the_committed_rows_are_never_trusted(
    workspace: Workspace, hash_encoder: HashEncoder
) -> None:
    result = embed(workspace, limit=200)
    folder = workspace.embeddings_folder / result["key"]
    for name in (VECTORS_FILE, ROWS_FILE):
        with (folder / name).open("ab") as file:
            file.write(os.urandom(1234))
    assert VectorSet(folder).vectors().shape == (200, 384)
    result = embed(workspace)
    assert result["rows"] == 400
    found = vectors_by_row(workspace, result["key"])
    np.testing.assert_allclose(found, expected(hash_encoder, workspace.corpus("study")), atol=1e-6)


@pytest.mark.usefixtures("corpus")
def test_cancelling_at_any_event_keeps_what_is_done_and_continues(
    workspace: Workspace, hash_encoder: HashEncoder
) -> None:
    uninterrupted = expected(hash_encoder, workspace.corpus("study"))
    _, events = embed_and_watch(workspace)
    n_events = len(events) - 1
    stages = sorted({0, 1, 2, 3, 4, n_events // 2, n_events - 2})
    for stage in stages:
        for vector_set in workspace.vector_sets():
            shutil.rmtree(vector_set.folder)
        hash_encoder.batches.clear()
        folder = create_run(workspace.runs_folder, EmbedCorpus(corpus="study"))
        token = CancellationToken()
        seen: list[Event] = []

        def cancel_at_stage(
            event: Event,
            seen: list[Event] = seen,
            token: CancellationToken = token,
            stage: int = stage,
        ) -> None:
            seen.append(event)
            if len(seen) == stage + 1:
                token.cancel()

        job = EmbedCorpus(corpus="study")
        terminal = run_job(job, workspace, cancel_at_stage, token=token, folder=folder)
        assert isinstance(terminal, JobCancelled), stage
        # The loading message comes as a log line and as progress, and only progress checks.
        assert len(seen) <= stage + 3
        terminal = run_job(job, workspace, lambda _: None, folder=folder, is_continued=True)
        assert isinstance(terminal, JobCompleted)
        assert sum(hash_encoder.batches) == 400
        found = vectors_by_row(workspace, terminal.result["key"])
        np.testing.assert_allclose(found, uninterrupted, atol=1e-6)


# Killed processes


def run_child(workspace: Path, run: Path, marker: Path, encoder: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(CHILD), str(workspace), str(run), str(marker), encoder],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def computed(marker: Path) -> list[int]:
    """Return the sizes of the batches computed so far."""
    text = marker.read_text(encoding="ascii") if marker.exists() else ""
    return [int(line) for line in text.splitlines()]


def kill_after_batches(child: subprocess.Popen[str], marker: Path, n: int, pause: float) -> None:
    before = len(computed(marker))
    while len(computed(marker)) - before < n and child.poll() is None:
        time.sleep(0.002)
    time.sleep(pause)
    child.send_signal(signal.SIGKILL)
    child.communicate()


def survive(workspace: Workspace, encoder: str, n_kills: int, seed: int) -> dict[str, Any]:
    """Kill an embedding process again and again, then let it finish; return its result."""
    moments = random.Random(seed)
    folder, job = workspace.folder, EmbedCorpus(corpus="study")
    run = create_run(workspace.runs_folder, job)
    marker = folder / "computed.txt"
    workspace.close()
    committed, n_lost = 0, 0
    for number in range(n_kills):
        child = run_child(folder, run, marker, encoder)
        n_batches = len(computed(marker))
        # The first is killed while it still loads, the others after some batches.
        n_wanted = moments.randint(1, 6) if number else 0
        kill_after_batches(child, marker, n_wanted, moments.uniform(0, 0.05))
        assert child.returncode == -signal.SIGKILL
        batches = computed(marker)[n_batches:]
        states = list(workspace.embeddings_folder.glob(f"*/{STATE_FILE}"))
        now = VectorSet(states[0].parent).n_rows if states else 0
        lost = sum(batches) - (now - committed)
        assert 0 <= lost <= (batches[-1] if batches else 0), "more than one batch was lost"
        committed, n_lost = now, n_lost + lost
    child = run_child(folder, run, marker, encoder)
    output, _ = child.communicate(timeout=300)
    assert "JobCompleted" in output, output
    assert sum(computed(marker)) == workspace.corpus("study").n_rows + n_lost
    (state,) = workspace.embeddings_folder.glob(f"*/{STATE_FILE}")
    return {"key": state.parent.name, "n_lost": n_lost}


def test_a_killed_process_loses_one_batch_at_most(workspace: Workspace) -> None:
    study_making.make_corpus(workspace, "study", documents(1500))
    encoder = HashEncoder(EncoderStore(workspace).get("starter"))
    survived = survive(workspace, "hash", n_kills=3, seed=random.randrange(1000))
    found = vectors_by_row(workspace, survived["key"])
    assert found.shape[0] == 1500
    np.testing.assert_allclose(found, expected(encoder, workspace.corpus("study")), atol=1e-6)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_real_engine_killed_ten_times_makes_the_same_vectors(
    workspace: Workspace, test_data: Path
) -> None:
    lines = (test_data / "data" / "scifact" / "queries.jsonl").read_text(encoding="utf-8")
    texts = [line[:400] for line in lines.splitlines()][:900]
    study_making.make_corpus(workspace, "study", [Document(text=text) for text in texts])
    uninterrupted = embed(workspace)
    reference = vectors_by_row(workspace, uninterrupted["key"])
    shutil.rmtree(workspace.embeddings_folder / uninterrupted["key"])
    survived = survive(workspace, "starter", n_kills=10, seed=random.randrange(1000))
    found = vectors_by_row(workspace, survived["key"])
    np.testing.assert_allclose(found, reference, atol=1e-5)
