"""Describing encoder folders: what a good one says, and the sentence each bad one gets."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from encoder_making import WIDTH, write_bert, write_json, write_sentence_bert, write_static
from safetensors.numpy import load_file

from embedding_lab.encoders.describe import describe_folder
from embedding_lab.encoders.record import EncoderRecord
from embedding_lab.errors import EncoderError

if TYPE_CHECKING:
    from pathlib import Path


def count_by_numpy(folder: Path) -> int:
    return sum(tensor.size for tensor in load_file(folder / "model.safetensors").values())


def refusal(folder: Path) -> EncoderError:
    with pytest.raises(EncoderError) as caught:
        describe_folder(folder)
    assert caught.value.hint
    assert "Traceback" not in str(caught.value)
    return caught.value


def test_a_sentence_transformers_folder_tells_its_numbers(tmp_path: Path) -> None:
    folder = write_sentence_bert(
        tmp_path / "Tiny One", pooling="cls", prompts={"query": "q: "}, max_length=48
    )
    (folder / "README.md").write_text(
        "---\nlanguage:\n- en\n- 'de'\nlicense: apache-2.0\n---\n# Tiny\n", encoding="utf-8"
    )
    record = describe_folder(folder)
    assert (record.name, record.id, record.kind) == (
        "Tiny One",
        "tiny-one",
        "sentence-transformers",
    )
    assert (record.dimension, record.max_length, record.pooling) == (WIDTH, 48, "cls")
    assert record.is_normalized
    assert record.prompts == {"query": "q: "}
    assert (record.licence, record.languages) == ("apache-2.0", ("en", "de"))
    assert record.n_parameters == count_by_numpy(folder)
    assert dict(record.files)["model.safetensors"] == (folder / "model.safetensors").stat().st_size
    assert record.n_bytes == sum(size for _, size in record.files)


def test_a_plain_folder_is_read_with_mean_pooling_and_says_so(tmp_path: Path) -> None:
    record = describe_folder(write_bert(tmp_path / "plain"), "Plain")
    assert (record.kind, record.pooling, record.max_length) == ("transformers", "mean", 64)
    assert not record.is_normalized
    assert "mean is assumed" in record.warnings[0]


def test_positions_that_begin_behind_the_padding_token_shorten_the_limit(tmp_path: Path) -> None:
    folder = write_bert(tmp_path / "roberta")
    config = json.loads((folder / "config.json").read_text())
    write_json(folder / "config.json", config | {"model_type": "roberta", "pad_token_id": 1})
    assert describe_folder(folder).max_length == 62


def test_a_static_embedding_has_no_token_limit(tmp_path: Path) -> None:
    record = describe_folder(write_static(tmp_path / "static", width=24))
    assert (record.dimension, record.max_length, record.pooling) == (24, 0, "")


def test_shortened_vectors_are_described_as_short(tmp_path: Path) -> None:
    folder = write_sentence_bert(tmp_path / "short", truncate_dim=8)
    assert describe_folder(folder).dimension == 8


def test_a_record_survives_json(tmp_path: Path) -> None:
    record = describe_folder(write_sentence_bert(tmp_path / "tiny"))
    assert EncoderRecord.from_record(json.loads(json.dumps(record.to_record()))) == record


def test_the_fingerprint_follows_every_file_that_decides_vectors(tmp_path: Path) -> None:
    folder = write_sentence_bert(tmp_path / "tiny")
    before = describe_folder(folder, "one").fingerprint
    (folder / "README.md").write_text("Only words.", encoding="utf-8")
    assert describe_folder(folder, "two").fingerprint == before
    config = folder / "1_Pooling" / "config.json"
    write_json(config, json.loads(config.read_text()) | {"pooling_mode": "cls"})
    assert describe_folder(folder).fingerprint != before


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert (
        f"The folder {tmp_path / 'nowhere'} does not exist."
        in refusal(tmp_path / "nowhere").message
    )


def test_a_file_instead_of_a_folder(tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    file.touch()
    assert f"The folder {file} is a file." in refusal(file).message


def test_a_folder_that_is_no_encoder(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("Nothing here.")
    assert "neither modules.json nor config.json" in refusal(tmp_path).message


def test_a_pickle_checkpoint_is_refused_with_the_way_out(tmp_path: Path) -> None:
    folder = write_sentence_bert(tmp_path / "old")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    error = refusal(folder)
    assert "are a pickle file (pytorch_model.bin), which can run any program" in error.message
    assert f"convert these: run in {folder} the command python -c" in error.hint


def test_a_pickle_in_a_later_module_is_refused_too(tmp_path: Path) -> None:
    folder = write_sentence_bert(tmp_path / "dense")
    modules = json.loads((folder / "modules.json").read_text())
    dense = {"idx": 3, "name": "3", "path": "3_Dense", "type": "sentence_transformers.models.Dense"}
    write_json(folder / "modules.json", [*modules, dense])
    write_json(folder / "3_Dense" / "config.json", {"in_features": 32, "out_features": 16})
    (folder / "3_Dense" / "pytorch_model.bin").touch()
    assert "3_Dense/pytorch_model.bin" in refusal(folder).message


def test_no_weights_at_all(tmp_path: Path) -> None:
    folder = write_bert(tmp_path / "empty")
    (folder / "model.safetensors").unlink()
    assert "holds no weights" in refusal(folder).message


def test_a_missing_tokenizer(tmp_path: Path) -> None:
    folder = write_bert(tmp_path / "mute")
    (folder / "tokenizer.json").unlink()
    assert "has no tokenizer" in refusal(folder).message


def test_code_named_by_the_configuration_is_refused_and_listed(tmp_path: Path) -> None:
    folder = write_bert(tmp_path / "code")
    config = json.loads((folder / "config.json").read_text())
    own = {"auto_map": {"AutoModel": "modeling_own.OwnModel"}, "model_type": "own_kind"}
    write_json(folder / "config.json", config | own)
    error = refusal(folder)
    assert "program code of its own" in error.message
    assert "modeling_own.py" in error.message


def test_a_module_from_elsewhere_is_refused_and_listed(tmp_path: Path) -> None:
    folder = write_sentence_bert(tmp_path / "code")
    modules = json.loads((folder / "modules.json").read_text())
    modules[0]["type"] = "custom_st.Transformer"
    write_json(folder / "modules.json", modules)
    assert "custom_st.py" in refusal(folder).message


def test_code_that_the_library_does_not_need_is_only_mentioned(tmp_path: Path) -> None:
    folder = write_bert(tmp_path / "known")
    config = json.loads((folder / "config.json").read_text())
    write_json(folder / "config.json", config | {"auto_map": {"AutoModel": "modeling_x.X"}})
    assert "modeling_x.py" in describe_folder(folder).warnings[0]


def test_an_unknown_architecture(tmp_path: Path) -> None:
    folder = write_bert(tmp_path / "future")
    config = json.loads((folder / "config.json").read_text())
    write_json(folder / "config.json", config | {"model_type": "bert9000"})
    assert "architecture bert9000" in refusal(folder).message


@pytest.mark.parametrize(
    "name",
    ["config.json", "modules.json", "config_sentence_transformers.json", "1_Pooling/config.json"],
)
@pytest.mark.parametrize("content", ["{broken", "12", "[3]"])
def test_damaged_json_names_the_file(tmp_path: Path, name: str, content: str) -> None:
    folder = write_sentence_bert(tmp_path / "damaged")
    (folder / name).write_text(content)
    message = refusal(folder).message
    assert str(folder / name) in message
    assert "damaged" in message


def test_weights_cut_short(tmp_path: Path) -> None:
    folder = write_bert(tmp_path / "cut")
    file = folder / "model.safetensors"
    whole = file.read_bytes()
    for n_bytes in (len(whole) - 1, 200):
        file.write_bytes(whole[:n_bytes])
        message = refusal(folder).message
        assert f"is cut short: it has {n_bytes:,} bytes and should have at least" in message


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 this is a zip file", b"\x08" + b"\0" * 7 + b"not json"]
)
def test_weights_that_are_something_else(tmp_path: Path, content: bytes) -> None:
    folder = write_bert(tmp_path / "other")
    (folder / "model.safetensors").write_bytes(content)
    assert "model.safetensors" in refusal(folder).message


def test_a_missing_shard(tmp_path: Path) -> None:
    folder = write_bert(tmp_path / "shards")
    index = {"weight_map": {"a": "model.safetensors", "b": "model-00002-of-00002.safetensors"}}
    write_json(folder / "model.safetensors.index.json", index)
    assert "model-00002-of-00002.safetensors is missing" in refusal(folder).message


def test_an_image_text_encoder_of_an_unknown_kind(tmp_path: Path) -> None:
    folder = write_bert(tmp_path / "blip")
    config = json.loads((folder / "config.json").read_text())
    write_json(folder / "config.json", config | {"model_type": "blip", "vision_config": {}})
    error = refusal(folder)
    assert "a kind that is not known here (blip)" in error.message
    assert "clip, siglip" in error.hint


def test_a_reranker(tmp_path: Path) -> None:
    folder = write_sentence_bert(tmp_path / "reranker")
    write_json(folder / "config_sentence_transformers.json", {"model_type": "CrossEncoder"})
    assert "a reranker" in refusal(folder).message


def test_a_module_outside_the_folder_is_refused(tmp_path: Path) -> None:
    folder = write_sentence_bert(tmp_path / "escape")
    modules = json.loads((folder / "modules.json").read_text())
    modules[1]["path"] = "../elsewhere"
    write_json(folder / "modules.json", modules)
    assert "outside its folder" in refusal(folder).message


def test_describing_and_listing_import_no_engine() -> None:
    code = (
        "import sys\n"
        "from embedding_lab.encoders import describe, store, pool, loop, fingerprint\n"
        "import embedding_lab.workflows.embed_corpus, embedding_lab.workflows.export_vectors\n"
        "import embedding_lab.backends as b; b.describe_engine()\n"
        "heavy = 'torch transformers sentence_transformers faiss onnxruntime tokenizers'\n"
        "print(sorted(set(heavy.split()) & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
