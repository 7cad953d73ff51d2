"""Tables of token vectors are stored in half the room, and only what is looked up is widened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest

from embedding_lab.encoders.onnx_session import normalized, open_session
from embedding_lab.export.lookup_tables import halve_tables
from embedding_lab.export.pareto import is_on_front

if TYPE_CHECKING:
    from pathlib import Path


def test_tables_take_half_and_the_vectors_hardly_change(
    exported: Path, probes: list[dict[str, np.ndarray]], tmp_path: Path
) -> None:
    model = onnx.load(exported)
    sizes = {item.name: len(item.raw_data) for item in model.graph.initializer}
    # Tokens and places; the two rows of token types are too few to gain by.
    assert halve_tables(model) == 2
    halved = [item for item in model.graph.initializer if item.data_type == 10]
    assert len(halved) == 2
    assert all(len(item.raw_data) == sizes[item.name] // 2 for item in halved)
    onnx.save(model, tmp_path / "small.onnx")
    before, after = (open_session(file) for file in (exported, tmp_path / "small.onnx"))
    for probe in probes:
        ours, theirs = (normalized(item.run(None, probe)[0]) for item in (after, before))
        np.testing.assert_allclose(ours, theirs, atol=2e-3)


def test_a_table_that_something_else_uses_too_stays_whole() -> None:
    table = onnx.numpy_helper.from_array(np.ones((64, 64), np.float32), "table")
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        [
            onnx.helper.make_node("Gather", ["table", "ids"], ["found"]),
            onnx.helper.make_node("MatMul", ["found", "table"], ["out"]),
        ],
        "tied",
        [value("ids", onnx.TensorProto.INT64, [2])],
        [value("out", onnx.TensorProto.FLOAT, [2, 64])],
        [table],
    )
    model = onnx.helper.make_model(graph)
    assert halve_tables(model) == 0
    assert [node.op_type for node in model.graph.node] == ["Gather", "MatMul"]


def test_numbers_that_float16_cannot_hold_stay_whole() -> None:
    table = onnx.numpy_helper.from_array(np.full((64, 64), 1e6, np.float32), "table")
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Gather", ["table", "ids"], ["out"])],
        "large",
        [value("ids", onnx.TensorProto.INT64, [2])],
        [value("out", onnx.TensorProto.FLOAT, [2, 64])],
        [table],
    )
    assert halve_tables(onnx.helper.make_model(graph)) == 0


@pytest.mark.parametrize(
    ("figures", "front"),
    [
        ([(1, 1), (2, 2)], [False, True]),
        ([(1, 2), (2, 1)], [True, True]),
        ([(1, 1), (1, 1)], [True, True]),
        ([(1, 2), (1, 1), (0, 3)], [True, False, True]),
        ([], []),
    ],
)
def test_a_candidate_is_on_the_front_unless_another_beats_it(
    figures: list[tuple[float, float]], front: list[bool]
) -> None:
    assert is_on_front(figures).tolist() == front
