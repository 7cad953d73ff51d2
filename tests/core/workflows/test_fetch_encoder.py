"""An encoder comes from the hub into the workspace, also after its process was killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from code_making import write_own_architecture
from encoder_making import write_bert, write_json, write_sentence_bert
from onnx_making import write_onnx
from safetensors.numpy import save_file

from embedding_lab.encoders import pool
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.jobs.job import job_from_record
from embedding_lab.paths import hub_folder
from embedding_lab.settings import load_settings, save_settings
from embedding_lab.types import Role
from embedding_lab.workflows.fetch_encoder import FetchEncoder
from embedding_lab.workflows.perform import JobFailedError, perform
from embedding_lab.workspace.workspace import create_workspace

if TYPE_CHECKING:
    from pathlib import Path

    from hub_server import StandInHub

    from embedding_lab.workspace.workspace import Workspace


@pytest.fixture
def tiny(hub: StandInHub, tmp_path: Path) -> Path:
    """A random BERT that the hub has as ``org/tiny``; the folder it was made from."""
    folder = write_sentence_bert(tmp_path / "source", prompts={"query": "query: "})
    hub.add("org/tiny", folder, revisions=("main", "v1"))
    return folder


def fetch(workspace: Workspace, *words: Any, **choices: Any) -> dict[str, Any]:
    return perform(FetchEncoder(*words, **choices), workspace)


def test_an_encoder_is_downloaded_added_and_described(
    hub: StandInHub, workspace: Workspace, tiny: Path
) -> None:
    result = fetch(workspace, "org/tiny", prompts={"passage": "p: "})
    commit = hub.repositories["org/tiny"].commit
    record = EncoderStore(workspace).get("tiny")
    assert (result["encoder"], result["revision"]) == ("tiny", commit)
    assert result["downloaded_bytes"] == sum(size for _, size in record.files)
    assert record.folder == str(hub_folder() / "org--tiny" / commit)
    assert record.origin == f"downloaded from org/tiny, commit {commit}"
    assert (record.dimension, record.pooling) == (32, "mean")
    assert record.prompts == {"query": "query: ", "passage": "p: "}
    here = EncoderStore(workspace).add(tiny, "the same from its folder")
    assert record.fingerprint == here.fingerprint
    assert here.origin == "folder"
    # The switch that keeps the engine's libraries offline was not touched for it.
    assert os.environ["HF_HUB_OFFLINE"] == "1"


def test_a_second_run_asks_nothing_even_offline_and_adds_nothing_twice(
    hub: StandInHub, workspace: Workspace, tiny: Path
) -> None:
    first = fetch(workspace, "org/tiny")
    hub.requests.clear()
    settings = load_settings()
    settings.offline = True
    save_settings(settings)
    second = fetch(workspace, "org/tiny")
    assert hub.requests == []
    assert (second["id"], second["downloaded_bytes"]) == (first["id"], 0)
    assert fetch(workspace, "org/tiny", name="another")["id"] != first["id"]
    names = [record.name for record in EncoderStore(workspace).list()]
    assert names == ["starter", "tiny", "another"]


def test_asking_again_fetches_a_newer_commit_beside_the_old_one(
    hub: StandInHub, workspace: Workspace, tiny: Path
) -> None:
    old = fetch(workspace, "org/tiny")
    write_json(tiny / "config_sentence_transformers.json", {"prompts": {"query": "new: "}})
    hub.add("org/tiny", tiny)
    assert fetch(workspace, "org/tiny")["revision"] == old["revision"]
    new = fetch(workspace, "org/tiny", name="newer", again=True)
    assert new["revision"] != old["revision"]
    assert new["prompts"] == {"query": "new: "}
    assert EncoderStore(workspace).get("tiny").folder == old["folder"]


def test_offline_is_told_before_any_connection(
    hub: StandInHub, workspace: Workspace, tiny: Path
) -> None:
    settings = load_settings()
    settings.offline = True
    save_settings(settings)
    with pytest.raises(JobFailedError, match="offline, so org/tiny cannot be downloaded"):
        fetch(workspace, "org/tiny")
    assert hub.requests == []
    assert fetch(workspace, "org/tiny", is_online=True)["encoder"] == "tiny"


def test_a_taken_name_is_told_before_the_download(
    hub: StandInHub, workspace: Workspace, tiny: Path
) -> None:
    with pytest.raises(JobFailedError, match="There is an encoder named starter already"):
        fetch(workspace, "org/tiny", name="starter")
    assert not [request for request in hub.requests if request.server == "cdn"]


def test_what_would_not_be_opened_is_told_before_its_weights_come(
    hub: StandInHub, workspace: Workspace, tmp_path: Path
) -> None:
    folder = write_sentence_bert(tmp_path / "reranker")
    write_json(folder / "config_sentence_transformers.json", {"model_type": "CrossEncoder"})
    hub.add("org/reranker", folder)
    with pytest.raises(JobFailedError, match="holds a reranker"):
        fetch(workspace, "org/reranker")
    assert "safetensors" not in " ".join(request.path for request in hub.requests)


def test_program_files_and_weights_come_only_with_consent(
    hub: StandInHub, workspace: Workspace, tmp_path: Path
) -> None:
    folder = write_own_architecture(tmp_path / "own", tmp_path / "mark")
    hub.add("org/own", folder)
    with pytest.raises(JobFailedError, match=r"org/own works only with program code") as caught:
        fetch(workspace, "org/own")
    size = (folder / "modeling_own.py").stat().st_size
    assert f"modeling_own.py ({size:,} bytes)" in caught.value.message
    assert "--trust-code" in caught.value.hint
    paths = " ".join(request.path for request in hub.requests)
    assert "safetensors" not in paths
    assert ".py" not in paths
    result = fetch(workspace, "org/own", trusts_code=True)
    assert result["trusted_code"] == result["code_digest"]
    assert [name for name, _ in result["code_files"]] == [
        "configuration_own.py", "helper_own.py", "modeling_own.py"
    ]  # fmt: skip
    assert not (tmp_path / "mark").exists()
    record = EncoderStore(workspace).get("own")
    assert pool.load(record).encode(["whale"], role=Role.QUERY).shape == (1, 32)
    assert (tmp_path / "mark").exists()
    pool.unload_all()
    # Downloaded already; but the consent was for the other workspace's encoder.
    refused = pytest.raises(JobFailedError, match="works only with program code")
    with create_workspace(tmp_path / "Other.embedlab") as other, refused:
        fetch(other, "org/own")


def test_code_that_is_not_in_the_repository_is_told_before_the_weights(
    hub: StandInHub, workspace: Workspace, tmp_path: Path
) -> None:
    folder = write_own_architecture(tmp_path / "own", tmp_path / "mark")
    (folder / "modeling_own.py").unlink()
    hub.add("org/own", folder)
    with pytest.raises(JobFailedError, match=r"its file modeling_own\.py is missing"):
        fetch(workspace, "org/own", trusts_code=True)
    assert "safetensors" not in " ".join(request.path for request in hub.requests)


def test_a_description_that_is_made_anew_keeps_the_origin(
    hub: StandInHub, workspace: Workspace, tiny: Path
) -> None:
    result = fetch(workspace, "org/tiny", "v1")
    file = hub_folder() / "org--tiny" / result["revision"] / "config.json"
    file.write_bytes(file.read_bytes() + b" ")
    assert EncoderStore(workspace).get("tiny").origin == result["origin"]


def test_pooling_and_length_are_chosen_and_the_job_can_be_recorded(
    hub: StandInHub, workspace: Workspace, tmp_path: Path
) -> None:
    hub.add("org/plain", write_bert(tmp_path / "plain"))
    job = FetchEncoder("org/plain", pooling="cls", max_length=16, name="mine")
    assert job_from_record(job.to_record()) == job
    result = perform(job, workspace)
    assert (result["name"], result["pooling"], result["max_length"]) == ("mine", "cls", 16)
    [run] = workspace.runs_folder.glob("*/job.json")
    assert "HF_TOKEN" not in run.read_text()


def test_an_encoder_that_is_only_an_onnx_file_comes_with_its_tokenizer(
    hub: StandInHub, workspace: Workspace, tmp_path: Path
) -> None:
    folder = write_onnx(write_bert(tmp_path / "bert"), tmp_path / "exported")
    (folder / "onnx").mkdir()
    (folder / "model.onnx").rename(folder / "onnx" / "model.onnx")
    (folder / "onnx" / "model_quantized.onnx").write_bytes(b"another copy")
    hub.add("org/exported", folder)
    result = fetch(workspace, "org/exported")
    assert (result["kind"], result["dimension"], result["name"]) == ("onnx", 32, "exported")
    assert "onnx/model_quantized.onnx" not in {name for name, _ in result["files"]}
    record = EncoderStore(workspace).get("exported")
    assert pool.load(record).encode(["whale"], role=Role.QUERY).shape == (1, 32)


def test_a_token_is_written_nowhere(
    hub: StandInHub,
    workspace: Workspace,
    tiny: Path,
    own_home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HF_TOKEN", "let-me-in")
    hub.repositories["org/tiny"].is_gated = True
    fetch(workspace, "org/tiny")
    monkeypatch.setenv("HF_TOKEN", "let-me-in-too")
    with pytest.raises(JobFailedError, match="has no access"):
        fetch(workspace, "org/tiny", again=True, name="second")
    for folder in (workspace.folder, own_home):
        for path in folder.rglob("*"):
            assert not path.is_file() or b"let-me-in" not in path.read_bytes(), path


def test_a_killed_download_goes_on_where_it_ended(
    hub: StandInHub, workspace: Workspace, tiny: Path
) -> None:
    numbers = np.random.default_rng(5).normal(size=(4096, 128)).astype(np.float32)
    save_file({"embedding.weight": numbers}, tiny / "model.safetensors", {"format": "pt"})
    commit = hub.add("org/tiny", tiny).commit
    hub.faults.pause_s = 0.02
    part = hub_folder() / "org--tiny" / commit / "model.safetensors.part"
    workspace.close()
    lab = (sys.executable, "-m", "embedding_lab.cli.main", "--workspace", str(workspace.folder))
    child = subprocess.Popen(
        [*lab, "encoder", "add", "org/tiny", "--download"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    for _ in range(600):
        if part.exists() and part.stat().st_size > 200_000:
            break
        time.sleep(0.02)
    child.kill()
    child.communicate()
    n_kept = part.stat().st_size
    assert 200_000 < n_kept < numbers.nbytes

    hub.faults.pause_s = 0.0
    hub.requests.clear()
    listed = subprocess.run([*lab, "jobs", "list", "--json"], capture_output=True, check=True)
    [job] = json.loads(listed.stdout)["jobs"]
    assert (job["state"], job["can_continue"]) == ("interrupted", True)
    subprocess.run([*lab, "jobs", "continue", job["id"]], capture_output=True, check=True)
    [request] = [r for r in hub.requests if r.server == "cdn" and "model" in r.path]
    assert request.start == n_kept
    assert (
        part.with_name("model.safetensors").read_bytes()
        == (tiny / "model.safetensors").read_bytes()
    )
