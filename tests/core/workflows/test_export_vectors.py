"""Vectors handed out in the corpus's row order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import study_making

from embedding_lab.encoders.fingerprint import fingerprint
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.jobs.events import JobCompleted, JobFailed
from embedding_lab.jobs.run import run_job
from embedding_lab.workflows import export_vectors
from embedding_lab.workflows.export_vectors import ExportVectors
from embedding_lab.workspace.corpus import Document
from embedding_lab.workspace.workspace import open_workspace

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.workspace import Workspace


@pytest.fixture
def corpus(workspace: Workspace) -> Corpus:
    documents = [Document(id=f"d{number}", text=f"text {number}") for number in range(10)]
    return study_making.make_corpus(workspace, "study", documents)


@pytest.fixture
def vectors(workspace: Workspace, corpus: Corpus) -> np.ndarray:
    """Vectors of the starter for eight of the ten rows, stored in a mixed order."""
    made = np.random.default_rng(0).normal(size=(8, 384)).astype(np.float32)
    starter = EncoderStore(workspace).get("starter")
    rows = [7, 0, 3, 9, 1, 8, 2, 5]
    meta = {"fingerprint": fingerprint(starter), "engine": starter.engine}
    study_making.make_vectors(workspace, corpus, made, rows=rows, **meta)
    out = np.full((10, 384), np.nan, dtype=np.float32)
    out[rows] = made
    return out


def export(workspace: Workspace, to: Path, **inputs: Any) -> JobCompleted | JobFailed:
    job = ExportVectors(corpus="study", to=str(to), **inputs)
    terminal = run_job(job, workspace, lambda _: None)
    assert isinstance(terminal, (JobCompleted, JobFailed))
    return terminal


def refusal(workspace: Workspace, to: Path, **inputs: Any) -> JobFailed:
    terminal = export(workspace, to, **inputs)
    assert isinstance(terminal, JobFailed)
    assert not list(to.parent.glob("*.tmp"))
    return terminal


@pytest.mark.parametrize("chunk_rows", [3, 8192])
def test_vectors_come_in_row_order_and_missing_ones_are_nan(
    workspace: Workspace,
    vectors: np.ndarray,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    chunk_rows: int,
) -> None:
    monkeypatch.setattr(export_vectors, "CHUNK_ROWS", chunk_rows)
    target, ids = tmp_path / "out.npy", tmp_path / "ids.txt"
    terminal = export(workspace, target, ids_to=str(ids))
    assert isinstance(terminal, JobCompleted)
    assert terminal.result == {"path": str(target), "rows": 10, "dim": 384, "missing": 2}
    found = np.load(target, allow_pickle=False)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, vectors)
    assert ids.read_text().splitlines() == [f"d{number}" for number in range(10)]
    assert sorted(path.name for path in tmp_path.glob("*.tmp")) == []


@pytest.mark.usefixtures("vectors")
def test_a_reader_may_export_too(workspace: Workspace, tmp_path: Path) -> None:
    with open_workspace(workspace.folder, wants_writing=False) as reader:
        assert isinstance(export(reader, tmp_path / "out.npy"), JobCompleted)


@pytest.mark.usefixtures("corpus")
def test_a_corpus_without_vectors_says_so(workspace: Workspace, tmp_path: Path) -> None:
    failed = refusal(workspace, tmp_path / "out.npy")
    assert failed.message == "The corpus study has no vectors of the encoder starter."
    assert failed.hint


@pytest.mark.usefixtures("corpus")
def test_vectors_of_changed_files_are_not_passed_off_as_the_encoders(
    workspace: Workspace, corpus: Corpus, tmp_path: Path
) -> None:
    study_making.make_vectors(workspace, corpus, np.ones((10, 384)), fingerprint="0" * 32)
    assert "has no vectors" in refusal(workspace, tmp_path / "out.npy").message


@pytest.mark.usefixtures("vectors")
def test_a_target_that_cannot_be_written_is_told_first(
    workspace: Workspace, tmp_path: Path
) -> None:
    assert ".npy" in refusal(workspace, tmp_path / "out.csv").message
    assert "does not exist" in refusal(workspace, tmp_path / "nowhere" / "out.npy").message
    target = tmp_path / "out.npy"
    assert ".txt" in refusal(workspace, target, ids_to=str(tmp_path / "ids.csv")).message
    assert not target.exists()
