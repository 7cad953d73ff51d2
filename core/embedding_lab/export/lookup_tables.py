"""Tables a graph only looks rows up in, above all the vectors of the vocabulary's tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.export.weight_matmuls import array_of, float_weights

if TYPE_CHECKING:
    from collections.abc import Callable

FEWEST_NUMBERS = 1024
LARGEST = float(np.finfo(np.float16).max)


def halve_tables(model: Any, check: Callable[[], None] = lambda: None) -> int:
    """Store lookup tables as float16 and return how many.

    Only the rows that are looked up are brought back to float32, so the memory is halved too. A
    table that anything else uses stays as it is, and so does one whose numbers float16 cannot hold.

    Parameters
    ----------
    model : ModelProto
        The graph; it is changed.
    check : callable
        Called before each table; may raise to stop.
    """
    import onnx

    tables = _looked_up_only(model)
    halved = set()
    for name, tensor in float_weights(model).items():
        check()
        values = array_of(tensor) if name in tables else np.zeros(0, np.float32)
        if values.size >= FEWEST_NUMBERS and np.abs(values).max() <= LARGEST:
            tensor.CopyFrom(onnx.numpy_helper.from_array(values.astype(np.float16), name))
            halved.add(name)
    nodes = []
    for node in model.graph.node:
        nodes.append(node)
        if node.op_type == "Gather" and node.input[0] in halved:
            found = node.output[0]
            node.output[0] = f"{found}/half"
            name = f"{found}/whole"
            float32 = onnx.TensorProto.FLOAT
            nodes.append(
                onnx.helper.make_node("Cast", [node.output[0]], [found], name=name, to=float32)
            )
    if halved:
        copies = [onnx.NodeProto.FromString(node.SerializeToString()) for node in nodes]
        del model.graph.node[:]
        model.graph.node.extend(copies)
    return len(halved)


def _looked_up_only(model: Any) -> set[str]:
    """Return the names of what nothing but lookups use, as the table that is looked up in."""
    looked_up, used = set(), {item.name for item in model.graph.output}
    for node in model.graph.node:
        is_lookup = node.op_type == "Gather"
        looked_up |= set(node.input[:1]) if is_lookup else set()
        used |= set(node.input[1:] if is_lookup else node.input)
    return looked_up - used
