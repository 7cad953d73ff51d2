"""Smaller files as a job: a folder a candidate, the price of each, all or nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import study_making
from encoder_making import write_bert
from onnx_making import write_onnx

from embedding_lab.cli.main import main
from embedding_lab.encoders import pool
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.errors import LabError
from embedding_lab.jobs.cancellation import CancellationToken
from embedding_lab.jobs.events import JobCancelled, JobProgressed
from embedding_lab.jobs.run import run_job
from embedding_lab.types import Role
from embedding_lab.workflows.perform import perform
from embedding_lab.workflows.shrink_encoder import ShrinkEncoder
from embedding_lab.workspace.corpus import Document

if TYPE_CHECKING:
    from embedding_lab.workspace.workspace import Workspace

pytestmark = pytest.mark.usefixtures("unloaded")

RECIPES = ("int8-rows", "int8", "fp16", "truncated:16")


@pytest.fixture(scope="module")
def onnx_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shrink")
    return write_onnx(write_bert(folder / "bert"), folder / "onnx", is_pooled=True)


@pytest.fixture
def study(workspace: Workspace, onnx_folder: Path) -> Workspace:
    """A workspace with the encoder and a small judged corpus."""
    EncoderStore(workspace).add(onnx_folder, "fast")
    documents = [Document(id=f"d{n}", text=f"text number {n} about {n % 7}") for n in range(40)]
    queries = {f"q{n}": f"number {n}" for n in range(12)}
    judgements = [("test", f"q{n}", f"d{n}", 1.0) for n in range(12)]
    study_making.make_corpus(workspace, "judged", documents, queries, judgements)
    study_making.make_corpus(workspace, "plain", documents)
    return workspace


def shrink(study: Workspace, to: Path, **choices: Any) -> dict[str, Any]:
    usual = {"corpus": "judged", "recipes": RECIPES, "n_rows": 20, "repeats": 1}
    return perform(ShrinkEncoder("fast", str(to), **usual | choices), study, lambda _: None)


def test_every_candidate_tells_its_price(study: Workspace, tmp_path: Path) -> None:
    found = shrink(study, tmp_path / "small")
    reference, *candidates = found["candidates"]
    assert [item["recipe"] for item in candidates] == list(RECIPES)
    assert (reference["recipe"], reference["speed_ratio"]) == ("", 1.0)
    assert (found["n_queries"], found["n_documents"]) == (12, 40)
    for item in candidates:
        assert item["file_bytes"] > 0
        assert item["rows_per_second"] > 0
        assert 0 <= item["neighbour_overlap"] <= 1
        low, high = item["delta_ci"]
        assert low <= item["delta"] <= high
        assert item["delta"] == pytest.approx(
            item["ndcg@10"]["value"] - reference["ndcg@10"]["value"], abs=1e-9
        )
    by_name = {item["recipe"]: item for item in candidates}
    assert by_name["int8-rows"]["file_bytes"] < 0.7 * reference["file_bytes"]
    assert by_name["fp16"]["min_cosine"] > 0.9999
    assert by_name["truncated:16"]["dim"] == 16
    assert by_name["truncated:16"]["min_cosine"] is None
    assert (by_name["int8"]["is_row_by_row"], by_name["int8-rows"]["is_row_by_row"]) == (
        True,
        False,
    )
    assert any(item["is_on_front"] for item in candidates)
    assert all(item["passed"] for item in candidates)


def test_a_candidate_can_be_added_and_embeds(study: Workspace, tmp_path: Path) -> None:
    found = shrink(study, tmp_path / "small", recipes=("int8-rows",), scores=False)
    assert "ndcg@10" not in found["candidates"][1]
    folder = Path(found["candidates"][1]["path"])
    assert folder == tmp_path / "small" / "int8-rows"
    assert json.loads((folder / "proof.json").read_text(encoding="utf-8"))["recipe"] == "int8-rows"
    store = EncoderStore(study)
    record = store.add(folder, "small")
    assert record.fingerprint != store.get("fast").fingerprint
    texts = ["some words", "", "a long text " * 40]
    small, whole = (pool.load(store.get(name)) for name in ("small", "fast"))
    ours, theirs = (item.encode(texts, role=Role.DOCUMENT) for item in (small, whole))
    assert np.sum(ours * theirs, axis=1).min() > 0.9


def test_a_recipe_that_does_not_apply_leaves_its_reason_and_the_others_go_on(
    study: Workspace, tmp_path: Path
) -> None:
    small = shrink(study, tmp_path / "one", recipes=("int8-rows",), scores=False)
    EncoderStore(study).add(Path(small["candidates"][1]["path"]), "small")
    job = ShrinkEncoder("small", str(tmp_path / "two"), "plain", ("weights8", "truncated:8"), 10, 1)
    found = perform(job, study, lambda _: None)
    _, refused, made = found["candidates"]
    assert "is quantized already" in refused["problem"]
    assert made["dim"] == 8
    assert [path.name for path in (tmp_path / "two").iterdir()] == ["truncated-8"]


def test_a_corpus_without_judgements_has_no_scores(study: Workspace, tmp_path: Path) -> None:
    found = shrink(study, tmp_path / "small", corpus="plain", recipes=("fp16",))
    assert found["n_queries"] == 0
    assert "ndcg@10" not in found["candidates"][1]


def test_cancelling_leaves_nothing(study: Workspace, tmp_path: Path) -> None:
    token = CancellationToken()

    def cancel_then(event: Any) -> None:
        if isinstance(event, JobProgressed) and "Timing" in event.message:
            token.cancel()

    job = ShrinkEncoder("fast", str(tmp_path / "small"), "plain", ("fp16",), 20, 3)
    assert isinstance(run_job(job, study, cancel_then, token=token), JobCancelled)
    assert [path.name for path in tmp_path.glob("small*")] == []


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"recipes": ("int9",)}, "no recipe named int9"),
        ({"n_rows": 1}, "at least two rows"),
        ({"corpus": "nothing"}, "no corpus named nothing"),
    ],
)
def test_what_cannot_be_done_is_said_first(
    study: Workspace, tmp_path: Path, choices: dict[str, Any], message: str
) -> None:
    with pytest.raises(LabError, match=message):
        shrink(study, tmp_path / "small", **choices)
    assert not (tmp_path / "small").exists()


def test_an_encoder_without_an_onnx_file_is_told_to_be_prepared(
    study: Workspace, tmp_path: Path
) -> None:
    EncoderStore(study).add(write_bert(tmp_path / "bert"), "full")
    job = ShrinkEncoder("full", str(tmp_path / "small"), "plain")
    with pytest.raises(LabError, match="Prepare it first"):
        perform(job, study, lambda _: None)


def test_the_command_line_shows_a_table(
    study: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study.close()
    words = ["--workspace", str(study.folder), "encoder", "shrink", "fast", "--corpus", "judged"]
    options = ["--to", str(tmp_path / "small"), "--rows", "10", "--repeats", "1"]
    assert main([*words, *options, "--recipe", "fp16"]) == 0
    told = capsys.readouterr().out
    assert "float16 weights" in told
    assert "nDCG@10" in told
