"""The matrix products of a graph that multiply by fixed weights: what quantization works on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from embedding_lab.errors import EncoderError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

# The operators onnxruntime adds to the standard ones.
EXTENSIONS = "com.microsoft"
# Where one of these is, somebody has quantized the graph before.
QUANTIZED = {
    "DequantizeLinear", "DynamicQuantizeLinear", "DynamicQuantizeMatMul", "MatMulBnb4",
    "MatMulInteger", "MatMulIntegerToFloat", "MatMulNBits", "QAttention", "QLinearMatMul",
}  # fmt: skip


@dataclass(frozen=True)
class WeightMatMul:
    """One product ``x @ weight`` with x of shape (..., k) and a fixed weight of shape (k, m).

    Attributes
    ----------
    name : str
        Of its node; unique in the graph.
    weight_name : str
        Of the initializer that holds the weight.
    shape : tuple of int
        Shape of the weight.
    """

    name: str
    weight_name: str
    shape: tuple[int, int]


def name_nodes(model: Any) -> None:
    """Give every node a name that no other one has; those that have one keep it."""
    seen: set[str] = set()
    for number, node in enumerate(model.graph.node):
        if not node.name or node.name in seen:
            node.name = f"{node.op_type}_{number}_named"
        seen.add(node.name)


def weight_matmuls(model: Any, file: Path) -> list[WeightMatMul]:
    """Return the products with fixed float32 weights, in the order they are computed.

    Nodes get names where they have none.

    Raises
    ------
    EncoderError
        If there are none, or if the graph is quantized already; ``file`` is named.
    """
    found_before = sorted(QUANTIZED & {node.op_type for node in model.graph.node})
    if found_before:
        raise EncoderError(
            f"The ONNX file {file} is quantized already: it has {', '.join(found_before)}.",
            hint="Start from the file in full precision.",
        )
    name_nodes(model)
    weights = float_weights(model)
    found = [
        WeightMatMul(node.name, node.input[1], tuple(weights[node.input[1]].dims))
        for node in model.graph.node
        if node.op_type == "MatMul" and node.input[1] in weights
    ]
    if not found:
        raise EncoderError(
            f"The ONNX file {file} has no matrix products with fixed float32 weights.",
            hint="Export the encoder in full precision, with its weights in the file.",
        )
    return found


def float_weights(model: Any) -> dict[str, Any]:
    """Return the fixed float32 matrices of a graph by name."""
    import onnx

    fed = {item.name for item in model.graph.input}
    return {
        tensor.name: tensor
        for tensor in model.graph.initializer
        if tensor.data_type == onnx.TensorProto.FLOAT
        and len(tensor.dims) == 2
        and tensor.name not in fed
    }


def drop_unused(model: Any) -> None:
    """Remove initializers that no node reads any more."""
    graph = model.graph
    used = {name for node in graph.node for name in node.input} | {o.name for o in graph.output}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)


def require_domain(model: Any, domain: str, version: int) -> None:
    """Make the operators of a domain known to a graph."""
    import onnx

    if all(item.domain != domain for item in model.opset_import):
        model.opset_import.append(onnx.helper.make_opsetid(domain, version))


def array_of(tensor: Any) -> NDArray[np.float32]:
    """Return an initializer's values."""
    import onnx

    values: NDArray[np.float32] = onnx.numpy_helper.to_array(tensor)
    return values
