"""Weights stored as float16, brought back to float32 when the file is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.errors import EncoderError
from embedding_lab.export.onnx_file import read_model, write_model
from embedding_lab.export.weight_matmuls import array_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# Smaller ones save nothing, and scales among them would suffer.
FEWEST_NUMBERS = 1024
LARGEST = float(np.finfo(np.float16).max)


def to_half_weights(
    source: Path, target: Path, check: Callable[[], None] = lambda: None
) -> dict[str, Any]:
    """Write a file with float16 weights, each with a cast to float32 behind it.

    The engine computes the casts once, when it opens the file; so it is as fast as before, and
    takes as much memory. Weights that float16 cannot hold stay as they are.

    Returns
    -------
    dict
        ``n_halved`` and ``n_kept``: how many weights were stored so and how many were not.

    Raises
    ------
    EncoderError
        If the file has no float32 weights worth it.
    """
    import onnx

    model = read_model(source)
    graph = model.graph
    casts, n_kept = [], 0
    for tensor in graph.initializer:
        if tensor.data_type != onnx.TensorProto.FLOAT or len(tensor.dims) < 2:
            continue
        check()
        values = array_of(tensor)
        if values.size < FEWEST_NUMBERS:
            continue
        if np.abs(values).max() > LARGEST:
            n_kept += 1
            continue
        name = tensor.name
        tensor.CopyFrom(onnx.numpy_helper.from_array(values.astype(np.float16), f"{name}/half"))
        casts.append(
            onnx.helper.make_node(
                "Cast", [tensor.name], [name], name=f"{name}/half/cast", to=onnx.TensorProto.FLOAT
            )
        )
    if not casts:
        raise EncoderError(
            f"The ONNX file {source} has no float32 weights that could be halved.",
            hint="Its weights are stored in a smaller format already, or lie out of its range.",
        )
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    write_model(model, target)
    return {"n_halved": len(casts), "n_kept": n_kept}
