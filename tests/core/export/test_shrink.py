"""Recipes: files get smaller, and vectors stay near."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from shrink_making import operators, vectors_of, write_product

from embedding_lab.encoders import pool
from embedding_lab.encoders.describe import describe_folder
from embedding_lab.encoders.onnx_session import is_batch_sensitive, normalized, open_session
from embedding_lab.export.shrink import RECIPES, recipe, shrink, truncated
from embedding_lab.types import Role

if TYPE_CHECKING:
    from pathlib import Path

    from shrink_making import Probes

BATCH_TEXTS = ("one", "a much longer text " * 6, "", "x = [number ** 2 for number in values]")
# Random weights of width 32 lose more than trained ones.
NEAR = {
    "int8": 0.93, "int8-rows": 0.93, "int8-fixed": 0.93, "weights8": 0.9995, "weights4": 0.9,
    "fp16": 0.99999, "mixed": 0.98,
}  # fmt: skip


def shrunk(source: Path, folder: Path, name: str, probes: Probes = ()) -> Path:  # type: ignore[assignment]
    target = folder / "model.onnx"
    shrink(source, target, recipe(name), probes=probes)
    for beside in ("tokenizer.json", "tokenizer_config.json", "config.json"):
        shutil.copy(source.parent / beside, folder / beside)
    return target


@pytest.mark.parametrize("name", [item.id for item in RECIPES])
def test_vectors_stay_near_those_of_the_source(
    exported: Path, probes: Probes, tmp_path: Path, name: str
) -> None:
    target = tmp_path / "small" / "model.onnx"
    before = exported.read_bytes()
    facts = shrink(exported, target, recipe(name), probes=probes)
    assert exported.read_bytes() == before
    onnx.checker.check_model(onnx.load(target), full_check=False)
    cosines = np.sum(vectors_of(target, probes) * vectors_of(exported, probes), axis=1)
    assert cosines.min() > NEAR[name]
    assert facts["recipe"] == name
    assert facts["n_bytes"] == target.stat().st_size
    assert facts["n_bytes_before"] == exported.stat().st_size
    assert [path.name for path in target.parent.iterdir()] == ["model.onnx"]


@pytest.mark.parametrize("name", ["int8", "int8-rows", "int8-fixed", "weights8", "weights4"])
def test_all_products_with_fixed_weights_are_quantized(
    exported: Path, probes: Probes, tmp_path: Path, name: str
) -> None:
    facts = shrink(exported, tmp_path / "small.onnx", recipe(name), probes=probes)
    # Two layers of query, key, value, attention output and two feed-forward products.
    assert (facts["n_quantized"], facts["n_kept"]) == (12, 0)
    # Scores and weighted sums of attention have no fixed weights.
    assert operators(tmp_path / "small.onnx")["MatMul"] == 4


@pytest.mark.parametrize(
    ("name", "share"), [("fp16", 0.6), ("int8-rows", 0.6), ("weights8", 0.6), ("weights4", 0.5)]
)
def test_files_get_smaller(tmp_path: Path, name: str, share: float) -> None:
    source = write_product(tmp_path / "wide.onnx", 256, 256)
    facts = shrink(source, tmp_path / "small.onnx", recipe(name))
    assert facts["n_bytes"] < share * facts["n_bytes_before"]


@pytest.mark.parametrize("name", ["int8-rows", "int8-fixed", "weights8", "weights4", "fp16"])
def test_a_texts_vector_is_the_same_in_any_batch(
    exported: Path, probes: Probes, tmp_path: Path, name: str
) -> None:
    file = shrunk(exported, tmp_path, name, probes)
    assert not is_batch_sensitive(file)
    encoder = pool.load(describe_folder(tmp_path))
    together = encoder.encode(BATCH_TEXTS, role=Role.DOCUMENT)
    alone = np.concatenate([encoder.encode([text], role=Role.DOCUMENT) for text in BATCH_TEXTS])
    np.testing.assert_allclose(together, alone, atol=1e-6)


def test_dynamic_int8_is_known_to_depend_on_the_batch(
    exported: Path, probes: Probes, tmp_path: Path
) -> None:
    file = shrunk(exported, tmp_path, "int8")
    assert is_batch_sensitive(file)
    assert any("computed alone" in warning for warning in describe_folder(tmp_path).warnings)
    # It does: the engine's own run of a batch differs from that of its first row alone.
    session = open_session(file)
    (batch,) = [probe for probe in probes if len(probe["input_ids"]) > 1][:1]
    first = {input_name: values[-1:] for input_name, values in batch.items()}
    whole, single = session.run(None, batch)[0][-1], session.run(None, first)[0][0]
    assert np.abs(whole - single).max() > 1e-6


@pytest.mark.parametrize("name", ["int8-rows", "int8"])
def test_sums_do_not_overflow_on_any_processor(tmp_path: Path, name: str) -> None:
    """The largest numbers meet in every product: with 8-bit weights some processors cut them."""
    source = write_product(tmp_path / "product.onnx", 64, 8, fill=1.0)
    shrink(source, tmp_path / "small.onnx", recipe(name))
    values = np.ones((1, 2, 64), dtype=np.float32)
    (found,) = open_session(tmp_path / "small.onnx").run(None, {"x": values})
    np.testing.assert_allclose(found, 64.0, rtol=1e-5)


def test_a_row_of_zeros_stays_zero(tmp_path: Path) -> None:
    source = write_product(tmp_path / "product.onnx", 64, 8)
    shrink(source, tmp_path / "small.onnx", recipe("int8-rows"))
    values = np.zeros((1, 3, 64), dtype=np.float32)
    values[0, 1] = np.linspace(-5, 5, 64)
    exact, found = (
        open_session(file).run(None, {"x": values})[0] for file in (source, tmp_path / "small.onnx")
    )
    np.testing.assert_array_equal(found[0, 0], 0.0)
    np.testing.assert_allclose(found, exact, atol=0.05 * np.abs(exact).max())


def test_one_large_token_does_not_coarsen_the_others(tmp_path: Path) -> None:
    source = write_product(tmp_path / "product.onnx", 64, 8)
    shrink(source, tmp_path / "small.onnx", recipe("int8-rows"))
    session = open_session(tmp_path / "small.onnx")
    values = np.random.default_rng(0).normal(size=(1, 2, 64)).astype(np.float32)
    loud = values.copy()
    loud[0, 0] *= 1e6
    np.testing.assert_array_equal(
        session.run(None, {"x": values})[0][0, 1], session.run(None, {"x": loud})[0][0, 1]
    )


@pytest.mark.parametrize(("bits", "block"), [(8, 32), (4, 32), (4, 128)])
def test_blocks_hold_what_the_engine_reads(tmp_path: Path, bits: int, block: int) -> None:
    from embedding_lab.export.shrink_weights import packed_blocks, to_block_weights

    source = write_product(tmp_path / "product.onnx", 72, 5)
    to_block_weights(source, tmp_path / "small.onnx", bits, block)
    found = open_session(tmp_path / "small.onnx").run(
        None, {"x": np.eye(72, dtype=np.float32)[None]}
    )
    (weight,) = (onnx.numpy_helper.to_array(t) for t in onnx.load(source).graph.initializer)
    _, scales = packed_blocks(weight, bits, block)
    # No number is farther from its own than half a step; the one farthest up may lie a step above
    # the highest that can be stored.
    steps = np.abs(scales).reshape(5, -1).repeat(block, axis=1)[:, :72].T
    assert np.all(np.abs(found[0][0] - weight) <= steps * 1.001)
    assert np.mean(np.abs(found[0][0] - weight) <= steps * 0.501) > 0.9


@pytest.mark.parametrize("dimension", [1, 8, 31])
def test_truncated_vectors_are_the_first_dimensions_of_length_one(
    exported: Path, probes: Probes, tmp_path: Path, dimension: int
) -> None:
    target = tmp_path / "short.onnx"
    facts = shrink(exported, target, truncated(dimension))
    assert (facts["dimension"], facts["whole_dimension"]) == (dimension, 32)
    whole = np.concatenate([open_session(exported).run(None, probe)[0] for probe in probes])
    session = open_session(target)
    found = np.concatenate([session.run(None, probe)[0] for probe in probes])
    np.testing.assert_allclose(found, normalized(whole[:, :dimension]), atol=1e-6)
    (output,) = session.get_outputs()
    assert (output.name, output.shape[1]) == ("sentence_embedding", dimension)


def test_recipes_can_follow_each_other(exported: Path, probes: Probes, tmp_path: Path) -> None:
    steps = ("int8-rows", "truncated:16")
    files = [exported, *(tmp_path / f"{number}.onnx" for number in range(len(steps)))]
    for source, target, name in zip(files, files[1:], steps, strict=False):
        shrink(source, target, recipe(name))
    whole = vectors_of(exported, probes)
    cosines = np.sum(vectors_of(files[-1], probes) * normalized(whole[:, :16]), axis=1)
    assert cosines.min() > 0.9
    assert files[1].stat().st_size < 0.7 * exported.stat().st_size
