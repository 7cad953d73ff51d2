"""Graphs to shrink, and what is seen of shrunk ones."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx

from embedding_lab.encoders.onnx_session import normalized, open_session

if TYPE_CHECKING:
    from pathlib import Path

Probes = list[dict[str, np.ndarray]]


def vectors_of(file: Path, probes: Probes) -> np.ndarray:
    session = open_session(file)
    return np.concatenate([normalized(session.run(None, probe)[0]) for probe in probes])


def operators(file: Path) -> Counter[str]:
    return Counter(node.op_type for node in onnx.load(file).graph.node)


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
