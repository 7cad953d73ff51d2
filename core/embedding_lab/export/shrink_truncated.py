"""Shorter vectors: the first dimensions of each, brought back to length 1.

Encoders trained for it (Matryoshka representation learning, Kusupati et al. 2022,
https://arxiv.org/abs/2205.13147) hold most in their first dimensions; others lose more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.errors import EncoderError
from embedding_lab.export.onnx_file import read_model, write_model

if TYPE_CHECKING:
    from pathlib import Path


def to_truncated(source: Path, target: Path, dimension: int) -> dict[str, Any]:
    """Write a file that gives the first ``dimension`` numbers of each vector, normalized.

    Returns
    -------
    dict
        ``dimension`` and ``whole_dimension``: the length of its vectors and what it was.

    Raises
    ------
    EncoderError
        If the file gives no single vector a text, or its vectors are not longer than that.
    """
    import onnx

    model = read_model(source)
    graph = model.graph
    output = graph.output[0]
    sizes = output.type.tensor_type.shape.dim
    if len(graph.output) != 1 or len(sizes) != 2 or not sizes[1].dim_value:
        raise EncoderError(
            f"The ONNX file {source} does not give one vector of a fixed length a text.",
            hint="Export it with the pooling in the file.",
        )
    whole = sizes[1].dim_value
    if not 1 <= dimension < whole:
        raise EncoderError(
            f"Vectors of {whole:,} dimensions cannot be cut to {dimension:,}.",
            hint=f"Choose a number from 1 to {whole - 1:,}.",
        )
    name, long, cut = output.name, f"{output.name}/whole", f"{output.name}/cut"
    for node in graph.node:
        for names in (node.input, node.output):
            for place, used in enumerate(names):
                if used == name:
                    names[place] = long
    for part, value in {"start": 0, "end": dimension, "axis": 1}.items():
        constant = np.array([value], dtype=np.int64)
        graph.initializer.append(onnx.numpy_helper.from_array(constant, f"{cut}/{part}"))
    make = onnx.helper.make_node
    graph.node.append(
        make("Slice", [long, *(f"{cut}/{part}" for part in ("start", "end", "axis"))], [cut])
    )
    graph.node.append(make("LpNormalization", [cut], [name], axis=1, p=2))
    sizes[1].dim_value = dimension
    write_model(model, target)
    return {"dimension": dimension, "whole_dimension": whole}
