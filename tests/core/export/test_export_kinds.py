"""Every kind of encoder that is exported says the same afterwards, and the gate says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import encoder_making
import numpy as np
import pytest
import transformer_making
from encoder_making import write_bert, write_sentence_bert, write_static
from transformer_making import (
    add_dense,
    noise_pictures,
    write_router,
    write_seeing_model,
    write_text_model,
    write_two_towers,
    write_vit,
)

from embedding_lab.encoders import pool
from embedding_lab.encoders.contract import EncodeOptions, Picture
from embedding_lab.encoders.describe import describe_folder
from embedding_lab.encoders.onnx_settings import read_onnx_settings
from embedding_lab.encoders.ways import encode_sorted
from embedding_lab.errors import EncoderError
from embedding_lab.export.export_process import write_export
from embedding_lab.export.gate import EXACT, encode_for_proof, prove
from embedding_lab.export.proof_inputs import EXTREMES, ProofInput, write_inputs
from embedding_lab.types import Modality, Role

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("unloaded")

WORDS = ("the", "quick", "brown", "fox", "jumps", "over", "a", "lazy", "dog", "while", "nobody")
TEXTS = [
    *(ProofInput(f"row {n}", " ".join(WORDS[n % 5 : 1 + n % 11])) for n in range(24)),
    *(ProofInput(name, value) for name, value in EXTREMES.items()),
]
PICTURES = [ProofInput(f"row {n}", Picture(image)) for n, image in enumerate(noise_pictures(6))]
INPUTS = {Modality.TEXT: TEXTS, Modality.IMAGE: PICTURES}

KINDS: dict[str, Callable[[Path], Path]] = {
    "bert, mean": write_bert,
    "bert, cls": lambda folder: write_sentence_bert(folder, pooling="cls"),
    "bert, prompt left out": lambda folder: write_sentence_bert(folder, includes_prompt=False),
    "mpnet": lambda folder: write_text_model(folder, "mpnet"),
    "roberta": lambda folder: write_text_model(folder, "roberta"),
    "distilbert": lambda folder: write_text_model(folder, "distilbert"),
    "modernbert": lambda folder: write_text_model(folder, "modernbert"),
    "t5 encoder": lambda folder: write_text_model(folder, "t5"),
    "llama, last token": lambda folder: write_text_model(folder, "llama"),
    "qwen3, last token": lambda folder: write_text_model(folder, "qwen3"),
    "dense, shortened": lambda folder: add_dense(write_sentence_bert(folder, truncate_dim=12), 20),
    "static": write_static,
    "clip": lambda folder: write_two_towers(folder, "clip"),
    "siglip": lambda folder: write_two_towers(folder, "siglip"),
    "vit": write_vit,
    "qwen2-vl, texts": lambda folder: write_seeing_model(folder, "qwen2_vl"),
}


@pytest.fixture
def one_layer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Encoders of one layer where a second would be the same again: each takes its time."""
    if "modernbert" not in request.node.name:
        monkeypatch.setattr(encoder_making, "LAYERS", 1)
        monkeypatch.setitem(transformer_making.SMALL, "num_hidden_layers", 1)


def exported(source: Path, folder: Path) -> Any:
    from embedding_lab.export.torch_source import ExportSource

    rows = {}
    for modality, inputs in INPUTS.items():
        rows[modality] = folder.parent / f"rows-{modality.value}"
        rows[modality].mkdir()
        write_inputs(rows[modality], inputs)
    folder.mkdir()
    found = ExportSource(describe_folder(source, "the encoder"))
    return write_export(found, folder, rows)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.timeout(180)
@pytest.mark.usefixtures("one_layer")
def test_the_exported_files_say_the_same(kind: str, tmp_path: Path) -> None:
    record = describe_folder(KINDS[kind](tmp_path / "source"), "the encoder")
    settings = exported(tmp_path / "source", tmp_path / "out")
    assert read_onnx_settings(tmp_path / "out") == settings
    described = describe_folder(tmp_path / "out")
    assert (described.engine, described.dimension) == ("onnx", record.dimension)
    wanted = ("text",) if kind == "qwen2-vl, texts" else record.modalities
    assert described.modalities == wanted
    original = pool.load(record)
    copy = pool.load_alone(described)
    for name in wanted:
        modality = Modality(name)
        inputs = INPUTS[modality]
        values = enumerate(item.value for item in inputs)
        reference = encode_sorted(original, values, EncodeOptions(modality=modality)).vectors
        proof = prove(inputs, modality, reference, encode_for_proof(copy, inputs, modality), EXACT)
        assert proof.passed, proof
        # A static embedding adds up the tokens of 100,000 letters, in another order.
        assert proof.max_abs_diff < (1e-3 if kind == "static" else 1e-5)


@pytest.mark.timeout(180)
@pytest.mark.usefixtures("one_layer")
def test_prompts_go_where_the_original_puts_them(tmp_path: Path) -> None:
    source = write_sentence_bert(
        tmp_path / "source", includes_prompt=False, prompts={"query": "q: "}
    )
    exported(source, tmp_path / "out")
    for prompt in ("", "q: ", "a much longer prompt: "):
        ours, theirs = (
            pool.load_alone(describe_folder(folder)).encode(
                ["some words"], role=Role.QUERY, prompt=prompt
            )
            for folder in (tmp_path / "out", source)
        )
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
    assert describe_folder(tmp_path / "out").prompts == {"query": "q: "}


def test_an_encoder_with_two_routes_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="queries and documents through different modules"):
        exported(write_router(tmp_path / "source"), tmp_path / "out")
