"""What cannot be shrunk is said, and leaves nothing behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import onnx
import pytest
from shrink_making import write_product

from embedding_lab.errors import EncoderError, UsageError
from embedding_lab.export.shrink import RECIPES, recipe, shrink, truncated
from embedding_lab.jobs.cancellation import Cancelled

if TYPE_CHECKING:
    from pathlib import Path

    from shrink_making import Probes


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
