"""Recipes: files get smaller, vectors stay near, and what does not apply is said."""

from __future__ import annotations

import shutil
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest

from embedding_lab.encoders import pool
from embedding_lab.encoders.describe import describe_folder
from embedding_lab.encoders.onnx_session import is_batch_sensitive, normalized, open_session
from embedding_lab.errors import EncoderError, UsageError
from embedding_lab.export.shrink import RECIPES, mixed, recipe, shrink, truncated
from embedding_lab.jobs.cancellation import Cancelled
from embedding_lab.types import Role

if TYPE_CHECKING:
    from pathlib import Path

Probes = list[dict[str, np.ndarray]]
BATCH_TEXTS = ("one", "a much longer text " * 6, "", "x = [number ** 2 for number in values]")
# Random weights of width 32 lose more than trained ones.
NEAR = {
    "int8": 0.93, "int8-rows": 0.93, "int8-fixed": 0.93, "weights8": 0.9995, "weights4": 0.9,
    "fp16": 0.99999, "mixed": 0.98,
}  # fmt: skip


def vectors_of(file: Path, probes: Probes) -> np.ndarray:
    session = open_session(file)
    return np.concatenate([normalized(session.run(None, probe)[0]) for probe in probes])


def operators(file: Path) -> Counter[str]:
    return Counter(node.op_type for node in onnx.load(file).graph.node)


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


# The mixed recipe


def test_mixed_keeps_the_fewest_that_reach_the_limit(
    exported: Path, probes: Probes, tmp_path: Path
) -> None:
    told: list[str] = []
    plain = shrink(exported, tmp_path / "a.onnx", mixed(mean_cosine=0.5), probes=probes)
    assert plain["n_kept"] == 0
    limit = (1 + plain["mean_cosine"]) / 2
    facts = shrink(
        exported, tmp_path / "b.onnx", mixed(mean_cosine=limit), probes=probes, say=told.append
    )
    assert 0 < facts["n_kept"] < 12
    assert facts["n_kept"] == len(facts["kept"])
    assert facts["n_quantized"] + facts["n_kept"] == 12
    cosines = np.sum(vectors_of(tmp_path / "b.onnx", probes) * vectors_of(exported, probes), axis=1)
    assert cosines.mean() >= limit
    # The search knows nothing yet of the tables that are halved behind it.
    assert facts["mean_cosine"] == pytest.approx(cosines.mean(), abs=1e-4)
    assert facts["min_cosine"] == pytest.approx(cosines.min(), abs=1e-3)
    assert told[0] == "Measuring product 1 of 12…"
    assert operators(tmp_path / "b.onnx")["MatMul"] == 4 + facts["n_kept"]


def test_mixed_can_start_from_fixed_scales(exported: Path, probes: Probes, tmp_path: Path) -> None:
    chosen = mixed(min_cosine=0.999, mean_cosine=0.0, base="int8-fixed")
    facts = shrink(exported, tmp_path / "small.onnx", chosen, probes=probes)
    assert facts["base"] == "int8-fixed"
    assert facts["min_cosine"] >= 0.999


def test_the_product_that_hurts_most_is_the_one_that_is_kept(
    exported: Path, probes: Probes, tmp_path: Path
) -> None:
    from embedding_lab.export.shrink_mixed import MixedSearch
    from embedding_lab.export.shrink_rows import quantize_rowwise
    from embedding_lab.export.weight_matmuls import weight_matmuls

    model = onnx.load(exported)
    products = weight_matmuls(model, exported)
    # One weight with a number so large that all others of its column are rounded to zero.
    spoiled = next(t for t in model.graph.initializer if t.name == products[5].weight_name)
    values = onnx.numpy_helper.to_array(spoiled).copy()
    values[0] *= 1e4
    spoiled.CopyFrom(onnx.numpy_helper.from_array(values, spoiled.name))
    search = MixedSearch(model, quantize_rowwise, probes, tmp_path / "tried.onnx")
    ranked = search.rank(products)
    assert ranked[0].name == products[5].name
    assert [loss.mean_cosine for loss in ranked] == sorted(loss.mean_cosine for loss in ranked)
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_a_limit_beyond_reach_is_said(exported: Path, probes: Probes, tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="not reached, whatever is kept"):
        shrink(exported, tmp_path / "small.onnx", mixed(mean_cosine=1.1), probes=probes)
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


# What does not work


@pytest.mark.parametrize("name", [item.id for item in RECIPES])
def test_cancelling_leaves_nothing_behind(
    exported: Path, probes: Probes, tmp_path: Path, name: str
) -> None:
    calls = 0

    def check() -> None:
        nonlocal calls
        calls += 1
        if calls == 1 + (name in {"mixed", "int8-fixed", "weights8", "weights4"}) * 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        shrink(exported, tmp_path / "small.onnx", recipe(name), probes=probes, check=check)
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


@pytest.mark.parametrize("name", ["int8", "int8-rows", "int8-fixed", "weights8", "mixed"])
def test_what_is_quantized_is_not_quantized_again(
    exported: Path, probes: Probes, tmp_path: Path, name: str
) -> None:
    once = tmp_path / "once.onnx"
    for first in ("int8", "int8-rows", "int8-fixed", "weights4"):
        shrink(exported, once, recipe(first), probes=probes)
        with pytest.raises(EncoderError, match="quantized already") as caught:
            shrink(once, tmp_path / "twice.onnx", recipe(name), probes=probes)
        assert "full precision" in caught.value.hint
    assert not (tmp_path / "twice.onnx").exists()


@pytest.mark.parametrize("name", ["int8", "int8-rows", "weights4", "fp16"])
def test_a_file_without_weights_is_refused(tmp_path: Path, name: str) -> None:
    helper = onnx.helper
    value = helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["n", 4])
    out = helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, ["n", 4])
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "g", [value], [out])
    onnx.save(helper.make_model(graph), tmp_path / "plain.onnx")
    with pytest.raises(EncoderError, match=r"plain\.onnx has no .*float32 weights"):
        shrink(tmp_path / "plain.onnx", tmp_path / "small.onnx", recipe(name))


@pytest.mark.parametrize("name", ["int8-fixed", "mixed"])
def test_recipes_that_measure_need_sample_texts(exported: Path, tmp_path: Path, name: str) -> None:
    assert recipe(name).needs_probes
    with pytest.raises(EncoderError, match=r"need.* sample texts"):
        shrink(exported, tmp_path / "small.onnx", recipe(name))


@pytest.mark.parametrize("content", [b"", b"no model", b"\x08\x08", b"\x00" * 64])
@pytest.mark.parametrize("name", ["int8-rows", "fp16", "truncated:4"])
def test_a_damaged_file_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    file = tmp_path / "bad.onnx"
    file.write_bytes(content)
    with pytest.raises(EncoderError, match=r"bad\.onnx"):
        shrink(file, tmp_path / "small.onnx", recipe(name))


@pytest.mark.parametrize("dimension", [32, 33])
def test_vectors_cannot_be_cut_to_more_than_they_have(
    exported: Path, tmp_path: Path, dimension: int
) -> None:
    with pytest.raises(EncoderError, match="cannot be cut"):
        shrink(exported, tmp_path / "small.onnx", truncated(dimension))


def test_token_vectors_are_not_cut(tmp_path: Path) -> None:
    source = write_product(tmp_path / "product.onnx", 16, 8)
    with pytest.raises(EncoderError, match="one vector of a fixed length a text"):
        shrink(source, tmp_path / "small.onnx", truncated(4))


def test_a_file_is_not_written_over_by_itself(exported: Path) -> None:
    with pytest.raises(UsageError, match="written over"):
        shrink(exported, exported, recipe("fp16"))


@pytest.mark.parametrize("name", ["int9", "truncated:0", "truncated:x", "truncated:"])
def test_unknown_recipes_are_named(name: str) -> None:
    with pytest.raises(UsageError, match="no recipe named") as caught:
        recipe(name)
    assert "int8-rows" in caught.value.hint


def test_mixed_starts_from_int8_only() -> None:
    with pytest.raises(UsageError, match="cannot start from fp16"):
        mixed(base="fp16")


def write_product(file: Path, n_rows: int, n_columns: int, fill: float = 0.0) -> Path:
    """Write a graph of a single product with x of shape (batch, tokens, n_rows)."""
    helper: Any = onnx.helper
    weight = np.random.default_rng(0).normal(size=(n_rows, n_columns)).astype(np.float32)
    if fill:
        weight[:] = fill
    kind = onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        "product",
        [helper.make_tensor_value_info("x", kind, ["batch", "tokens", n_rows])],
        [helper.make_tensor_value_info("y", kind, ["batch", "tokens", n_columns])],
        [onnx.numpy_helper.from_array(weight, "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.save(model, file)
    return file
