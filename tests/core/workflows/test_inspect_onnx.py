"""Looking into ONNX files by path, folder and name, from Python and the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from encoder_making import write_bert
from onnx_making import write_onnx

from embedding_lab.cli.main import main
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.export.shrink import recipe, shrink
from embedding_lab.jobs.cancellation import CancellationToken
from embedding_lab.study import Study
from embedding_lab.workflows.inspect_onnx import InspectOnnx
from embedding_lab.workflows.perform import JobCancelledError, JobFailedError, perform

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.workspace.workspace import Workspace


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encoder's folder with its ONNX file, and a smaller one of the same beside it."""
    made = tmp_path_factory.mktemp("inspect")
    exported = write_onnx(write_bert(made / "bert"), made / "exported", is_pooled=True)
    shrink(exported / "model.onnx", made / "small.onnx", recipe("int8-rows"))
    return exported


def test_a_file_its_folder_and_its_name_are_the_same(workspace: Workspace, folder: Path) -> None:
    EncoderStore(workspace).add(folder, "fast")
    study = Study(workspace)
    file = folder / "model.onnx"
    found = [study.inspect_onnx(path) for path in (file, folder, "fast")]
    assert found[0] == found[1] == found[2]
    assert found[0]["summary"]["file"] == str(file)
    assert "difference" not in found[0]
    assert study.jobs() == []


def test_two_files_are_compared(workspace: Workspace, folder: Path) -> None:
    found = Study(workspace).inspect_onnx(folder, folder.parent / "small.onnx")
    assert found["difference"]["operators"]["MatMul"] == [16, 4]
    assert found["against"]["n_bytes"] == (folder.parent / "small.onnx").stat().st_size


def test_the_command_line_tells_it_to_people_and_programs(
    workspace: Workspace, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = str(folder.parent / "small.onnx")
    words = ["encoder", "inspect", str(folder), "--workspace", str(workspace.folder)]
    assert main([*words, "--against", small]) == 0
    told = capsys.readouterr().out
    assert "sentence_embedding float32 (batch, 32)" in told
    assert "com.microsoft.MatMulIntegerToFloat" in told
    assert "Nodes only in the second" in told
    assert main([*words, "--against", str(folder)]) == 0
    assert "Nothing differs." in capsys.readouterr().out
    assert main([*words, "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["summary"]["operators"]["MatMul"] == 16


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("nothing.onnx", "cannot be read"),
        ("unknown", "no encoder named unknown"),
        ("starter", "is no ONNX file"),
    ],
)
def test_what_cannot_be_looked_into_is_said(workspace: Workspace, path: str, sentence: str) -> None:
    with pytest.raises(JobFailedError, match=sentence):
        perform(InspectOnnx(path), workspace)


def test_a_folder_without_an_onnx_file_is_said(workspace: Workspace, folder: Path) -> None:
    with pytest.raises(JobFailedError, match="holds no ONNX file"):
        perform(InspectOnnx(str(folder.parent / "bert")), workspace)


def test_it_can_be_cancelled(workspace: Workspace, folder: Path) -> None:
    token = CancellationToken()
    token.cancel()
    with pytest.raises(JobCancelledError):
        perform(InspectOnnx(str(folder)), workspace, lambda _: None, token)
