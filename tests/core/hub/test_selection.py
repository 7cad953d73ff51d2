"""Only what an encoder needs is fetched: no pickles, no copies for other engines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from embedding_lab.errors import EncoderError, HubError
from embedding_lab.hub.access import open_hub
from embedding_lab.hub.address import HubAddress
from embedding_lab.hub.repository import HubFile, HubRepository, find_repository
from embedding_lab.hub.selection import Weights, choose_files, module_folders, select_files
from embedding_lab.settings import load_settings

if TYPE_CHECKING:
    from hub_server import StandInHub

# As popular encoders come: every copy of the weights that their makers could think of.
CROWDED = [
    ".gitattributes",
    "1_Pooling/config.json",
    "README.md",
    "LICENSE.txt",
    "config.json",
    "config_sentence_transformers.json",
    "data_config.json",
    "merges.txt",
    "model.safetensors",
    "modules.json",
    "onnx/model.onnx",
    "onnx/model_O3.onnx",
    "onnx/model_qint8_avx512.onnx",
    "onnx/config.json",
    "openvino/openvino_model.bin",
    "openvino/openvino_model.xml",
    "pytorch_model.bin",
    "rust_model.ot",
    "sentence_bert_config.json",
    "special_tokens_map.json",
    "tf_model.h5",
    "tokenizer.json",
    "tokenizer_config.json",
    "train_script.py",
    "flax_model.msgpack",
    "coreml/model.mlpackage/Data/weights.bin",
    "model.tflite",
    "vocab.txt",
    "checkpoint-100/model.safetensors",
    "checkpoint-100/config.json",
    "eval/scores.json",
    "picture.png",
    "model.gguf",
    ".cache/config.json",
    "model.fp16.safetensors",
]
WANTED = [
    "1_Pooling/config.json",
    "LICENSE.txt",
    "README.md",
    "config.json",
    "config_sentence_transformers.json",
    "data_config.json",
    "merges.txt",
    "modules.json",
    "sentence_bert_config.json",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
    "model.safetensors",
]


def repository(*names: str) -> HubRepository:
    files = tuple(HubFile(name, 10) for name in names)
    return HubRepository(HubAddress("org/name"), "a" * 40, files)


def chosen(*names: str, folders: tuple[str, ...] = ("",), **options: bool) -> list[str]:
    selection = choose_files(repository(*names), folders, **options)
    return [file.name for file in selection.files]


def test_of_a_crowded_repository_only_what_is_needed_is_taken_the_weights_last() -> None:
    assert chosen(*CROWDED, folders=("", "1_Pooling")) == WANTED


def test_an_old_folder_of_clip_is_taken_with_its_vocabulary() -> None:
    inner = ("config.json", "merges.txt", "preprocessor_config.json", "vocab.json")
    names = ["modules.json", *(f"0_CLIPModel/{name}" for name in inner)]
    weights = [f"0_CLIPModel/{name}" for name in ("model.safetensors", "pytorch_model.bin")]
    wanted = [*sorted(names), weights[0]]
    assert chosen(*names, *weights, folders=("0_CLIPModel",)) == wanted


def test_all_shards_are_taken_where_the_weights_are_in_several_files() -> None:
    shards = [f"model-0000{i}-of-00002.safetensors" for i in (1, 2)]
    names = ["config.json", "model.safetensors.index.json", *shards, "consolidated.safetensors"]
    assert chosen(*names) == ["config.json", "model.safetensors.index.json", *shards]


def test_weights_of_further_modules_are_taken_and_not_those_beside_them() -> None:
    names = (
        "modules.json",
        "0_Transformer/config.json",
        "0_Transformer/model.safetensors",
        "2_Dense/config.json",
        "2_Dense/model.safetensors",
        "model.safetensors",
    )
    assert chosen(*names, folders=("0_Transformer", "1_Pooling", "2_Dense")) == [
        "0_Transformer/config.json",
        "2_Dense/config.json",
        "modules.json",
        "0_Transformer/model.safetensors",
        "2_Dense/model.safetensors",
    ]


def test_a_routers_modules_in_folders_of_its_folder_are_taken() -> None:
    names = ("modules.json", "router/config.json", "router/query/model.safetensors")
    assert chosen(*names, folders=("router",)) == [
        "modules.json",
        "router/config.json",
        "router/query/model.safetensors",
    ]


def test_program_files_come_only_when_asked_for() -> None:
    names = ("config.json", "model.safetensors", "modeling_own.py")
    assert "modeling_own.py" not in chosen(*names)
    assert "modeling_own.py" in chosen(*names, takes_code=True)
    assert "modeling_own.py" not in chosen("model.onnx", "modeling_own.py", takes_code=True)
    selection = choose_files(repository(*names), takes_code=True)
    assert [file.name for file in selection.code_files] == ["modeling_own.py"]
    assert selection.without_code() == choose_files(repository(*names))


@pytest.mark.parametrize("name", ["pytorch_model.bin", "tf_model.h5", "flax_model.msgpack"])
def test_weights_that_are_only_pickled_are_refused_with_a_way_out(name: str) -> None:
    with pytest.raises(EncoderError, match=f"only as a pickle file \\({name}\\)") as raised:
        choose_files(repository("config.json", name))
    assert "safetensors" in raised.value.hint


def test_one_pickled_module_is_enough_to_refuse() -> None:
    names = (
        "modules.json",
        "model.safetensors",
        "2_Dense/config.json",
        "2_Dense/pytorch_model.bin",
    )
    with pytest.raises(EncoderError, match=r"2_Dense/pytorch_model\.bin"):
        choose_files(repository(*names), ("", "2_Dense"))


def test_without_safetensors_the_network_in_full_precision_is_taken() -> None:
    names = (
        "config.json",
        "tokenizer.json",
        "onnx/model.onnx",
        "onnx/model.onnx_data",
        "onnx/model_fp16.onnx",
        "onnx/model_quantized.onnx",
        "onnx/config.json",
        "pytorch_model.bin",
    )
    selection = choose_files(repository(*names))
    assert selection.weights is Weights.ONNX
    assert [file.name for file in selection.files] == [
        "config.json",
        "tokenizer.json",
        "onnx/model.onnx",
        "onnx/model.onnx_data",
    ]
    assert chosen("config.json", "onnx/model.onnx", "onnx/tokenizer.json") == [
        "config.json",
        "onnx/tokenizer.json",
        "onnx/model.onnx",
    ]


def test_a_repository_without_weights_is_refused() -> None:
    with pytest.raises(EncoderError, match="holds no weights"):
        choose_files(repository("README.md", "model.gguf"))


def test_the_folders_of_modules_are_asked_of_the_hub(hub: StandInHub) -> None:
    modules = b'[{"path": ""}, {"path": "1_Pooling"}, {"path": "2_Dense/"}]'
    files = {"modules.json": modules, "model.safetensors": b"x", "2_Dense/model.safetensors": b"y"}
    hub.add("org/tiny", files)
    hub.add("org/damaged", {"modules.json": b"[1]", "model.safetensors": b"x"})
    with open_hub(load_settings(), "nothing works") as client:
        found = find_repository(client, HubAddress("org/tiny"))
        assert module_folders(client, found) == ("", "1_Pooling", "2_Dense")
        assert select_files(client, found).n_bytes == len(modules) + 2
        damaged = find_repository(client, HubAddress("org/damaged"))
        with pytest.raises(HubError, match=r"modules\.json of org/damaged is damaged"):
            select_files(client, damaged)
