"""A broken export is caught by the gate, and the node that went wrong is named."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
from encoder_making import write_sentence_bert

from embedding_lab.encoders.describe import describe_folder
from embedding_lab.encoders.onnx_settings import OnnxSettings
from embedding_lab.export.first_difference import first_difference
from embedding_lab.export.gate import EXACT, Limits, prove
from embedding_lab.export.proof_inputs import EXTREMES, ProofInput
from embedding_lab.types import Modality

if TYPE_CHECKING:
    from pathlib import Path

INPUTS = [ProofInput(name, value) for name, value in EXTREMES.items()]
TEXTS = ("some words", "rather more words than that", "x", "")


def vectors(n: int = len(INPUTS), seed: int = 0) -> np.ndarray:
    found = np.random.default_rng(seed).normal(size=(n, 16)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def proof_of(reference: np.ndarray, tight: np.ndarray, loose: np.ndarray | None = None) -> Any:
    found = [tight, tight[::-1] if loose is None else loose]
    return prove(INPUTS, Modality.TEXT, reference, found, EXACT)


def test_equal_vectors_pass_and_the_figures_say_so() -> None:
    proof = proof_of(vectors(), vectors())
    assert proof.passed
    assert (proof.min_cosine, proof.neighbour_overlap) == pytest.approx((1.0, 1.0))
    assert proof.max_abs_diff == 0.0


def test_one_row_that_is_off_fails_and_is_named() -> None:
    off = vectors()
    off[2] = vectors(seed=1)[2]
    proof = proof_of(vectors(), off)
    assert not proof.passed
    assert proof.worst_row == INPUTS[2].name
    assert proof.min_cosine == pytest.approx(float(off[2] @ vectors()[2]), abs=1e-6)


def test_a_difference_in_padded_batches_alone_fails_too() -> None:
    loose = vectors()[::-1].copy()
    loose[0] = vectors(seed=1)[0]
    proof = proof_of(vectors(), vectors(), loose)
    assert not proof.passed
    assert proof.worst_row == INPUTS[-1].name


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_not_finite_fail(value: float) -> None:
    off = vectors()
    off[1, 3] = value
    proof = proof_of(vectors(), off)
    assert not proof.passed
    assert "not finite" in proof.problem
    assert np.isfinite(proof.min_cosine)


def test_vectors_of_another_length_fail_with_the_lengths() -> None:
    proof = proof_of(vectors(), vectors()[:, :8])
    assert not proof.passed
    assert proof.problem == "its vectors have 8 numbers instead of 16"


def test_a_lower_limit_lets_a_smaller_file_pass() -> None:
    off = vectors() + 0.05 * vectors(seed=2)
    off /= np.linalg.norm(off, axis=1, keepdims=True)
    found = [off, off[::-1]]
    assert not prove(INPUTS, Modality.TEXT, vectors(), found, EXACT).passed
    assert prove(INPUTS, Modality.TEXT, vectors(), found, Limits(0.9)).passed


# Real graphs


class _Original:
    """One small BERT, its graph, and what each of its operators gives."""

    def __init__(self, folder: Path) -> None:
        from embedding_lab.export.torch_export import text_export
        from embedding_lab.export.torch_source import ExportSource
        from embedding_lab.export.torch_values import reference_values

        self.folder = write_sentence_bert(folder / "bert")
        source = ExportSource(describe_folder(self.folder))
        texts, _ = source.raw_texts()
        ids, mask = texts.padded(texts.tokenize(TEXTS))
        self.feed: dict[str, Any] = {"input_ids": ids, "attention_mask": mask}
        export = text_export(source)
        self.file = folder / "good.onnx"
        export.write(self.file)
        self.values = reference_values(export, self.feed)

    def broken(self, file: Path, change: Any) -> Path:
        from embedding_lab.export.torch_export import text_export
        from embedding_lab.export.torch_source import ExportSource

        export = text_export(ExportSource(describe_folder(self.folder)))
        change(export.graph)
        export.write(file)
        return file


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> _Original:
    return _Original(tmp_path_factory.mktemp("gate"))


@pytest.mark.timeout(240)
def test_a_good_export_has_no_node_that_differs(original: _Original) -> None:
    assert first_difference(original.file, original.feed, original.values) is None
    assert len(original.values) > 50


@pytest.mark.timeout(240)
def test_dropout_left_on_is_named(original: _Original, tmp_path: Path) -> None:
    file = original.broken(tmp_path / "dropout.onnx", lambda graph: graph.train())
    found = first_difference(file, original.feed, original.values)
    assert found is not None
    assert "ropout" in found.node + found.operator or "embeddings" in found.module
    assert found.n_agreeing > 3


@pytest.mark.timeout(240)
def test_wrong_pooling_is_named(original: _Original, tmp_path: Path) -> None:
    def pool_first(graph: Any) -> None:
        graph.model[1].pooling_mode = "cls"

    file = original.broken(tmp_path / "pooling.onnx", pool_first)
    found = first_difference(file, original.feed, original.values)
    assert found is not None
    assert found.module == ""
    assert found.n_agreeing > 40


@pytest.mark.timeout(240)
def test_a_swapped_mask_is_named(original: _Original, tmp_path: Path) -> None:
    def swap(graph: Any) -> None:
        usual = graph.forward
        graph.forward = lambda input_ids, attention_mask: usual(input_ids, 1 - attention_mask)

    file = original.broken(tmp_path / "mask.onnx", swap)
    found = first_difference(file, original.feed, original.values)
    assert found is not None
    assert found.operator == "Sub"


def test_a_changed_weight_is_named_by_its_node(original: _Original, tmp_path: Path) -> None:
    model = onnx.load(str(original.file))
    name = "model.0.model.encoder.layer.1.output.LayerNorm.bias"
    weight = next(item for item in model.graph.initializer if item.name == name)
    changed = onnx.numpy_helper.to_array(weight) + 0.5
    weight.CopyFrom(onnx.numpy_helper.from_array(changed.astype(np.float32), name))
    onnx.save(model, str(tmp_path / "changed.onnx"))
    found = first_difference(tmp_path / "changed.onnx", original.feed, original.values)
    assert found is not None
    assert found.operator == "LayerNormalization"
    assert found.module == "model.encoder.layer.1.output.LayerNorm"
    assert found.max_abs_diff == pytest.approx(0.5, abs=0.01)


def test_settings_survive_their_file(tmp_path: Path) -> None:
    from embedding_lab.encoders.onnx_settings import SETTINGS_NAME, read_onnx_settings
    from embedding_lab.errors import EncoderError
    from embedding_lab.storage import write_json

    settings = OnnxSettings("bert", "abc", 8, text_file="model.onnx", languages=("en", "de"))
    write_json(tmp_path / SETTINGS_NAME, settings.to_record())
    assert read_onnx_settings(tmp_path) == settings
    write_json(tmp_path / SETTINGS_NAME, settings.to_record() | {"version": 99})
    with pytest.raises(EncoderError, match="newer version"):
        read_onnx_settings(tmp_path)
    write_json(tmp_path / SETTINGS_NAME, {"format": "embedding-lab-onnx", "version": 1})
    with pytest.raises(EncoderError, match="damaged"):
        read_onnx_settings(tmp_path)
    assert replace(settings, name="b").name == "b"
