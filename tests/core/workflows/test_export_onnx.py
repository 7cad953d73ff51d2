"""Exporting and preparing as jobs: all or nothing, cancelled quickly, used everywhere after."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import study_making
from encoder_making import write_sentence_bert

from embedding_lab import paths
from embedding_lab.cli.main import main
from embedding_lab.encoders import pool
from embedding_lab.encoders.fingerprint import find_vector_set
from embedding_lab.encoders.prepared import find_prepared, on_engine, prepared_name
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.encoders.ways import ways_of
from embedding_lab.errors import EncoderError, LabError, UsageError
from embedding_lab.export import proven_export
from embedding_lab.jobs.cancellation import CancellationToken
from embedding_lab.jobs.events import JobCancelled, JobProgressed
from embedding_lab.jobs.run import run_job
from embedding_lab.study import create_workspace
from embedding_lab.types import Engine, Modality, Precision, Role
from embedding_lab.workflows.embed_corpus import EmbedCorpus
from embedding_lab.workflows.export_onnx import ExportOnnx
from embedding_lab.workflows.perform import perform
from embedding_lab.workflows.prepare_encoder import PrepareEncoder
from embedding_lab.workspace.corpus import Document

if TYPE_CHECKING:
    from embedding_lab.workspace.workspace import Workspace

pytestmark = pytest.mark.usefixtures("unloaded")

FIELDS = ("path", "rows", "min_cosine", "mean_cosine", "max_abs_diff", "neighbour_overlap")
ROWS = 24
NO_TORCH = """
import sys
class Refuser:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"torch", "transformers", "sentence_transformers"}:
            raise ImportError(name)
sys.meta_path.insert(0, Refuser())
import runpy
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def documents(n: int) -> list[Document]:
    return [Document(id=str(row), text=f"fruit number {row}") for row in range(n)]


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sentence_bert(tmp_path_factory.mktemp("bert") / "bert", prompts={"query": "q: "})


@pytest.fixture(scope="module")
def exported(bert: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The folder and the result of one export, through the job and its child process."""
    folder = tmp_path_factory.mktemp("exported")
    with create_workspace(folder / "w.embedlab") as study:
        study.add_encoder(bert, "bert")
        study_making.make_corpus(study.workspace, "fruit", documents(60))
        found = study.export_onnx("bert", folder / "out", check_corpus="fruit", n_rows=ROWS)
    return folder / "out", found


@pytest.mark.timeout(240)
def test_the_report_says_what_was_compared_and_that_it_passed(
    exported: tuple[Path, dict[str, Any]],
) -> None:
    folder, found = exported
    assert all(name in found for name in FIELDS)
    assert found["passed"]
    assert (found["rows"], found["corpus"], found["path"]) == (ROWS, "fruit", str(folder))
    assert found["min_cosine"] > 0.99999
    assert json.loads((folder / "proof.json").read_text(encoding="utf-8"))["passed"]
    names = {"encoder.json", "example.py", "model.onnx", "proof.json", "tokenizer.json"}
    assert {file.name for file in folder.iterdir()} == names


def test_the_file_tells_nothing_of_the_machine(exported: tuple[Path, dict[str, Any]]) -> None:
    content = (exported[0] / "model.onnx").read_bytes()
    assert b"site-packages" not in content
    assert str(Path.home()).encode() not in content


def test_the_folder_can_be_added_back_and_embeds_the_same(
    workspace: Workspace, bert: Path, exported: tuple[Path, dict[str, Any]]
) -> None:
    store = EncoderStore(workspace)
    full, fast = store.add(bert, "full"), store.add(exported[0], "fast")
    assert (fast.kind, fast.prompts, fast.max_length) == ("onnx", {"query": "q: "}, full.max_length)
    assert fast.fingerprint != full.fingerprint
    texts = ["apples", "", "🙂", "a long text " * 200]
    ours, theirs = (pool.load(item).encode(texts, role=Role.QUERY) for item in (fast, full))
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_the_example_script_works_without_torch(
    bert: Path, workspace: Workspace, exported: tuple[Path, dict[str, Any]]
) -> None:
    script = exported[0] / "example.py"
    assert len(script.read_text(encoding="utf-8").splitlines()) <= 30
    command = [sys.executable, "-c", NO_TORCH, str(script), "some words", ""]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=50)
    ours = np.array(json.loads(done.stdout), dtype=np.float32)
    record = EncoderStore(workspace).add(bert, "full")
    theirs = pool.load(record).encode(["some words", ""], role=Role.DOCUMENT)
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


@pytest.mark.timeout(240)
def test_files_that_fail_their_proof_are_not_left(
    workspace: Workspace, bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    EncoderStore(workspace).add(bert, "bert")
    monkeypatch.setattr(proven_export, "_locate", lambda *_: None)
    job = ExportOnnx("bert", str(tmp_path / "out"), n_rows=ROWS, min_cosine=1.1)
    found = perform(job, workspace)
    assert (found["passed"], found["path"]) == (False, "")
    assert [path.name for path in tmp_path.glob("out*")] == []


@pytest.mark.timeout(120)
def test_cancelling_while_the_exporter_works_stops_at_once_and_leaves_nothing(
    workspace: Workspace, bert: Path, tmp_path: Path
) -> None:
    EncoderStore(workspace).add(bert, "bert")
    token = CancellationToken()
    asked: list[float] = []

    def cancel_then(event: Any) -> None:
        if isinstance(event, JobProgressed) and "Exporting" in event.message:
            asked.append(time.monotonic())
            token.cancel()

    job = ExportOnnx("bert", str(tmp_path / "out"), n_rows=ROWS)
    assert isinstance(run_job(job, workspace, cancel_then, token=token), JobCancelled)
    assert time.monotonic() - asked[0] < 2.0
    assert [path.name for path in tmp_path.glob("out*")] == []


def test_a_folder_with_something_in_it_is_left_alone(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine", encoding="utf-8")
    job = ExportOnnx("starter", str(tmp_path / "out"))
    with pytest.raises(LabError, match="exists already and is not empty"):
        perform(job, workspace)
    assert (tmp_path / "out" / "mine.txt").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"to": "/no/such/place/out"}, "does not exist"),
        ({"n_rows": 3}, "needs more than"),
        ({"check_corpus": "nothing"}, "no corpus named"),
        ({"encoder": "nothing"}, "no encoder named"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_starts(
    workspace: Workspace, tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    job = replace(ExportOnnx("starter", str(tmp_path / "out")), **change)
    with pytest.raises(LabError, match=message):
        perform(job, workspace)
    assert not (tmp_path / "out").exists()


def test_an_onnx_file_is_not_exported_again(
    workspace: Workspace, exported: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    EncoderStore(workspace).add(exported[0], "fast")
    for job in (ExportOnnx("fast", str(tmp_path / "out")), PrepareEncoder("fast")):
        with pytest.raises(LabError, match="is an ONNX file already"):
            perform(job, workspace)


def test_the_command_line_fails_with_the_report_when_the_proof_fails(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {"passed": False, "path": "", "encoder": "starter", "parts": [], "bytes": 0}
    monkeypatch.setattr(ExportOnnx, "run", lambda self, ctx: found)
    workspace.close()
    words = ["--workspace", str(workspace.folder), "encoder", "export-onnx", "starter", "--json"]
    assert main([*words, "--to", "out"]) == 1
    assert json.loads(capsys.readouterr().out)["passed"] is False


# Prepared encoders


def prepare_from(folder: Path, workspace: Workspace, bert: Path) -> Any:
    """Put proven files where prepared ones lie, as the job does at its end."""
    record = EncoderStore(workspace).add(bert, "bert")
    home = paths.prepared_folders()[0]
    home.mkdir(parents=True)
    (home / prepared_name(record)).symlink_to(folder)
    return EncoderStore(workspace).get("bert")


@pytest.mark.timeout(240)
def test_preparing_makes_the_fast_engine_the_usual_one(workspace: Workspace, bert: Path) -> None:
    record = EncoderStore(workspace).add(bert, "bert")
    found = perform(PrepareEncoder("bert", n_rows=ROWS), workspace)
    assert (found["passed"], found["new"]) == (True, True)
    prepared = EncoderStore(workspace).get("bert")
    assert (prepared.engine, prepared.kind) == ("onnx", record.kind)
    assert Path(prepared.prepared) == find_prepared(record)
    again = perform(PrepareEncoder("bert", n_rows=ROWS), workspace)
    assert (again["new"], again["path"]) == (False, found["path"])


def test_a_prepared_encoder_says_the_same_and_keeps_its_name(
    workspace: Workspace, bert: Path, exported: tuple[Path, dict[str, Any]]
) -> None:
    record = prepare_from(exported[0], workspace, bert)
    assert record.engine == Engine.ONNX
    fast = pool.load(record)
    full = pool.load(on_engine(record, "torch", Precision.FP32))
    assert type(fast) is not type(full)
    texts = ["apples", "", "a long text " * 200]
    ours, theirs = (item.encode(texts, role=Role.QUERY) for item in (fast, full))
    np.testing.assert_allclose(ours, theirs, atol=1e-5)
    names = [way.name for way in ways_of(record, Modality.TEXT)]
    assert names[0] == "bert torch fp32"
    assert names[-1] == "bert onnx fp32"


def test_vectors_of_the_two_engines_are_never_mixed(
    workspace: Workspace, bert: Path, exported: tuple[Path, dict[str, Any]]
) -> None:
    corpus = study_making.make_corpus(workspace, "fruit", documents(4))
    EncoderStore(workspace).add(bert, "before")
    first = perform(EmbedCorpus("fruit", "before", limit=2), workspace)
    EncoderStore(workspace).delete(EncoderStore(workspace).get("before"))
    record = prepare_from(exported[0], workspace, bert)
    # Begun on the full engine, gone on with on the full engine.
    second = perform(EmbedCorpus("fruit", "bert"), workspace)
    assert (second["fingerprint"], second["new_rows"]) == (first["fingerprint"], 2)
    # Asked for by name, the fast engine makes vectors of its own.
    third = perform(EmbedCorpus("fruit", "bert", engine="onnx"), workspace)
    assert third["fingerprint"] != first["fingerprint"]
    assert third["new_rows"] == 4
    assert len(workspace.vector_sets(corpus)) == 2
    assert find_vector_set(workspace, corpus, record) is not None


def test_an_engine_that_cannot_be_had_is_told(workspace: Workspace, bert: Path) -> None:
    record = EncoderStore(workspace).add(bert, "bert")
    with pytest.raises(UsageError, match="has not been prepared"):
        on_engine(record, "onnx", Precision.FP32)
    with pytest.raises(UsageError, match="no engine fast"):
        on_engine(record, "fast", Precision.FP32)
    with pytest.raises(UsageError, match="computes in fp32"):
        on_engine(record, "onnx", Precision.BF16)


def test_prepared_files_that_are_gone_are_told(
    workspace: Workspace, bert: Path, exported: tuple[Path, dict[str, Any]]
) -> None:
    record = prepare_from(exported[0], workspace, bert)
    (paths.prepared_folders()[0] / prepared_name(record)).unlink()
    with pytest.raises(EncoderError, match="are gone"):
        pool.load(record)
    assert EncoderStore(workspace).get("bert").engine == Engine.TORCH


def test_files_without_a_passed_proof_are_not_used(workspace: Workspace, bert: Path) -> None:
    record = EncoderStore(workspace).add(bert, "bert")
    folder = paths.prepared_folders()[0] / prepared_name(record)
    folder.mkdir(parents=True)
    (folder / "encoder.json").write_text("{}", encoding="utf-8")
    assert find_prepared(record) is None
    (folder / "proof.json").write_text('{"passed": false}', encoding="utf-8")
    assert find_prepared(record) is None
