"""What ONNX files hold and how they differ, against graphs made by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest

from embedding_lab.errors import EncoderError
from embedding_lab.export.graph_difference import compare
from embedding_lab.export.graph_summary import summarize
from embedding_lab.export.shrink import recipe, shrink

if TYPE_CHECKING:
    from pathlib import Path

helper, kinds = onnx.helper, onnx.TensorProto


def write_graph(
    file: Path, weight: np.ndarray, *, opset: int = 18, is_external: bool = False
) -> Path:
    """Write ``relu(x @ w) + c`` with a constant c inside a node."""
    constant = onnx.numpy_helper.from_array(np.array([1, 2], dtype=np.float64), "c")
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["m"], name="product"),
        helper.make_node("Relu", ["m"], ["r"], name="relu"),
        helper.make_node("Constant", [], ["c"], value=constant),
        helper.make_node("Cast", ["c"], ["f"], to=kinds.FLOAT),
        helper.make_node("Add", ["r", "f"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("x", kinds.FLOAT, ["batch", None, weight.shape[0]])],
        [helper.make_tensor_value_info("y", kinds.FLOAT, ["batch", None, 2])],
        [onnx.numpy_helper.from_array(weight, "w")],
    )
    model = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", opset)],
        producer_name="a test",
        producer_version="7",
        ir_version=10,
    )
    helper.set_model_props(model, {"author": "nobody"})
    onnx.save(model, file, save_as_external_data=is_external, location="w.data", size_threshold=0)
    return file


WEIGHT = np.arange(6, dtype=np.float32).reshape(3, 2)


def test_a_summary_counts_what_was_put_in(tmp_path: Path) -> None:
    file = write_graph(tmp_path / "a.onnx", WEIGHT)
    found = summarize(file)
    assert found.operators == {"Add": 1, "Cast": 1, "Constant": 1, "MatMul": 1, "Relu": 1}
    assert (found.n_nodes, found.n_parameters) == (5, 8)
    assert found.parameters == {
        "float32": {"count": 6, "bytes": 24}, "float64": {"count": 2, "bytes": 16},
    }  # fmt: skip
    assert found.opsets == {"ai.onnx": 18}
    assert (found.producer, found.ir_version) == ("a test 7", 10)
    assert found.metadata == {"author": "nobody"}
    assert [(v.name, v.dtype, v.shape) for v in found.inputs] == [
        ("x", "float32", ("batch", "", 3))
    ]
    assert [(v.name, v.shape) for v in found.outputs] == [("y", ("batch", "", 2))]
    assert (found.n_bytes, found.n_external_bytes) == (file.stat().st_size, 0)
    assert json.loads(json.dumps(found.to_record()))["operators"]["MatMul"] == 1


def test_weights_beside_a_file_are_counted_and_missed(tmp_path: Path) -> None:
    file = write_graph(tmp_path / "a.onnx", WEIGHT, is_external=True)
    data = tmp_path / "w.data"
    found = summarize(file)
    assert found.n_external_bytes == data.stat().st_size > 0
    assert found.parameters["float32"]["count"] == 6
    data.unlink()
    found = summarize(file)
    assert (found.n_external_bytes, found.missing_files) == (0, ("w.data",))
    with pytest.raises(EncoderError, match="cannot be read"):
        compare(file, file)


def test_nodes_inside_of_branches_are_counted(tmp_path: Path) -> None:
    value = helper.make_tensor_value_info("y", kinds.FLOAT, [1])
    branches = {
        f"{name}_branch": helper.make_graph(
            [helper.make_node(kind, ["x"], ["y"])], name, [], [value]
        )
        for name, kind in (("then", "Relu"), ("else", "Neg"))
    }
    graph = helper.make_graph(
        [helper.make_node("If", ["c"], ["z"], **branches)],
        "graph",
        [
            helper.make_tensor_value_info("c", kinds.BOOL, []),
            helper.make_tensor_value_info("x", kinds.FLOAT, [1]),
        ],
        [helper.make_tensor_value_info("z", kinds.FLOAT, [1])],
    )
    onnx.save(helper.make_model(graph), tmp_path / "if.onnx")
    assert summarize(tmp_path / "if.onnx").operators == {"If": 1, "Neg": 1, "Relu": 1}


def test_a_quantized_file_shows_its_formats_and_domains(exported: Path, tmp_path: Path) -> None:
    shrink(exported, tmp_path / "small.onnx", recipe("int8-rows"))
    found = summarize(tmp_path / "small.onnx")
    assert found.operators["com.microsoft.MatMulIntegerToFloat"] == 12
    assert found.opsets["com.microsoft"] == 1
    # Two layers: four products of 32 x 32 and two of 32 x 64 each.
    assert found.parameters["int8"] == {"count": 16384, "bytes": 16384}


def test_a_file_does_not_differ_from_itself(exported: Path) -> None:
    found = compare(exported, exported)
    assert found.is_same
    assert found.to_record()["is_same"] is True


def test_each_difference_is_named(tmp_path: Path) -> None:
    changed = WEIGHT.copy()
    changed[2, 1] += 0.25
    first = write_graph(tmp_path / "a.onnx", WEIGHT)
    second = write_graph(tmp_path / "b.onnx", changed, opset=17)
    found = compare(first, second)
    (weight,) = found.tensors
    assert (weight.name, weight.first, weight.max_abs_diff) == ("w", "float32 (3, 2)", 0.25)
    assert found.opsets == {"ai.onnx": [18, 17]}
    assert (found.operators, found.inputs, found.outputs) == ({}, {}, {})
    assert not found.is_same


def test_shapes_and_formats_that_differ_have_no_largest_difference(tmp_path: Path) -> None:
    first = write_graph(tmp_path / "a.onnx", WEIGHT)
    second = write_graph(tmp_path / "b.onnx", np.ones((4, 2), dtype=np.float16))
    found = compare(first, second)
    (weight,) = found.tensors
    assert (weight.first, weight.second) == ("float32 (3, 2)", "float16 (4, 2)")
    assert weight.max_abs_diff is None
    assert found.inputs == {"x": ["float32 (batch, ?, 3)", "float32 (batch, ?, 4)"]}


def test_numbers_that_are_none_are_compared(tmp_path: Path) -> None:
    broken = WEIGHT.copy()
    broken[0, 0] = np.nan
    first = write_graph(tmp_path / "a.onnx", WEIGHT)
    second = write_graph(tmp_path / "b.onnx", broken)
    assert compare(second, second).is_same
    assert [item.max_abs_diff for item in compare(first, second).tensors] == [None]


def test_nodes_and_weights_of_one_file_only_are_listed(exported: Path, tmp_path: Path) -> None:
    shrink(exported, tmp_path / "small.onnx", recipe("fp16"))
    found = compare(exported, tmp_path / "small.onnx")
    assert found.operators["Cast"][1] > found.operators["Cast"][0]
    halves = [name for name in found.tensors_only_in_second if name.endswith("/half")]
    assert len(halves) == len(found.nodes_only_in_second) > 0
    assert {name.removesuffix("/half") for name in halves} == set(found.tensors_only_in_first)
    assert found.nodes_only_in_first == ()


@pytest.mark.parametrize("content", [b"", b"no model", b"\x00" * 64, b"\x08\x08"])
def test_what_is_no_onnx_file_is_said(exported: Path, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "bad.onnx"
    file.write_bytes(content)
    for work in (lambda: summarize(file), lambda: compare(exported, file)):
        with pytest.raises(EncoderError, match=r"bad\.onnx") as caught:
            work()
        assert "damaged" in caught.value.hint


def test_a_truncated_and_a_missing_file_are_said(exported: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.onnx"
    cut.write_bytes(exported.read_bytes()[:5000])
    for file in (cut, tmp_path / "none.onnx", tmp_path):
        with pytest.raises(EncoderError, match="cannot be read"):
            summarize(file)
