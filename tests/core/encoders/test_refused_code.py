"""Program code and pickles that nobody can agree to."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from code_making import change_settings, refusal, vectors_of, write_own_module
from encoder_making import write_bert, write_json, write_sentence_bert
from safetensors.numpy import load_file

from embedding_lab.encoders.describe import describe_folder
from embedding_lab.errors import EncoderError

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.encoders.store import EncoderStore


pytestmark = pytest.mark.usefixtures("unloaded")


# Code that cannot be agreed to


def test_code_of_another_repository_cannot_be_agreed_to(
    store: EncoderStore, own: Path, mark: Path
) -> None:
    change_settings(own, auto_map={"AutoConfig": "org/other--configuration_own.OwnConfig"})
    error = refusal(own)
    assert "another repository (org/other: configuration_own.py)" in error.message
    assert "Download the .py files of org/other into the folder" in error.hint
    with pytest.raises(EncoderError, match="another repository"):
        store.add(own, trusts_code=True)
    assert not mark.exists()


def test_a_tokenizer_of_another_repository_counts_too(own: Path) -> None:
    path = own / "tokenizer_config.json"
    settings = json.loads(path.read_text())
    names = {"AutoTokenizer": [None, "org/other--tokenization_own.OwnTokenizer"]}
    write_json(path, settings | {"auto_map": names})
    assert "org/other: tokenization_own.py" in refusal(own).message


def test_a_program_file_that_is_missing(own: Path) -> None:
    (own / "modeling_own.py").unlink()
    error = refusal(own)
    assert "its file modeling_own.py is missing" in error.message
    assert "together with its .py files" in error.hint


@pytest.mark.parametrize(
    "target",
    [
        "../other/modeling_own.OwnModel",
        "/etc/modeling_own.OwnModel",
        "..\\other\\modeling_own.OwnModel",
        "C:/other/modeling_own.OwnModel",
    ],
)
def test_code_outside_the_folder_is_refused(own: Path, target: str) -> None:
    change_settings(own, auto_map={"AutoModel": target})
    assert f"points outside its folder: {target}" in refusal(own).message


@pytest.mark.parametrize("kind", ["numpy.linalg.Solver", "subprocess", "os.path.join"])
def test_a_module_of_an_installed_package_is_no_code_of_the_folder(
    tmp_path: Path, kind: str
) -> None:
    folder = write_sentence_bert(tmp_path / "bert")
    modules = json.loads((folder / "modules.json").read_text())
    modules[1]["type"] = kind
    write_json(folder / "modules.json", modules)
    assert f"in no file of its folder: {kind}" in refusal(folder).message


def test_a_module_on_a_route_that_is_not_the_default_counts_too(tmp_path: Path, mark: Path) -> None:
    folder = write_sentence_bert(tmp_path / "bert")
    kinds = {"a": "sentence_transformers.models.Transformer", "b": "scaling_own.Scaling"}
    write_json(
        folder / "router_config.json",
        {
            "types": kinds,
            "structure": {"query": ["a"], "document": ["b"]},
            "parameters": {"default_route": "query"},
        },
    )
    router = {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Router"}
    write_json(folder / "modules.json", [router])
    assert "its file scaling_own.py is missing" in refusal(folder).message


@pytest.mark.parametrize(
    ("file", "entry"),
    [
        ("adapter_config.json", "base_model_name_or_path"),
        ("sentence_bert_config.json", "tokenizer_name_or_path"),
    ],
)
def test_parts_of_another_encoder_cannot_be_agreed_to(own: Path, file: str, entry: str) -> None:
    write_json(own / file, {entry: "org/other"})
    assert "put together with another one (org/other)" in refusal(own).message


def test_a_function_of_a_module_must_be_of_the_library(tmp_path: Path, mark: Path) -> None:
    folder = write_own_module(tmp_path / "own", mark)
    settings = {"powers": 0.5, "activation_function": "some.package.run"}
    write_json(folder / "2_Scaling" / "config.json", settings)
    assert "in no file of its folder: some.package.run" in refusal(folder).message


# Pickles


def test_pickles_stay_refused_with_consent(store: EncoderStore, own: Path, mark: Path) -> None:
    (own / "model.safetensors").rename(own / "pytorch_model.bin")
    with pytest.raises(EncoderError, match="are a pickle file"):
        store.add(own, trusts_code=True)
    assert not mark.exists()


def test_the_line_that_converts_pickled_weights_works(tmp_path: Path) -> None:
    import torch

    folder = write_bert(tmp_path / "old bert")
    expected = vectors_of(describe_folder(folder, "expected"))
    pickled = {k: torch.from_numpy(v) for k, v in load_file(folder / "model.safetensors").items()}
    (folder / "model.safetensors").unlink()
    # Two names for one tensor, and one that is not contiguous: neither can be saved as it is.
    pickled["unused.twin"] = pickled["pooler.dense.bias"]
    pickled["unused.turned"] = pickled["pooler.dense.weight"].T
    names = sorted(pickled)
    for number, part in enumerate((names[:7], names[7:])):
        file = folder / f"pytorch_model-0000{number + 1}-of-00002.bin"
        torch.save({name: pickled[name] for name in part}, file)
    (folder / "training_args.bin").write_bytes(b"never opened")
    found = re.search(r"python -c .*", refusal(folder).hint)
    assert found
    words = shlex.split(found[0])
    subprocess.run([sys.executable, *words[1:]], cwd=folder, check=True)
    np.testing.assert_allclose(vectors_of(describe_folder(folder)), expected, atol=1e-6)
