"""Weights in blocks of 4 or 8 bits; activations stay in full precision.

A weight of shape (k, m) is cut into blocks of rows of one column. Each block has one scale, its
number farthest from zero over the lowest integer, so that this number is met exactly::

    scale = extreme / -2 ** (bits - 1)        weight ~= (stored - 2 ** (bits - 1)) * scale

The format is that of onnxruntime's operator MatMulNBits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.export.onnx_file import read_model, write_model
from embedding_lab.export.weight_matmuls import (
    EXTENSIONS,
    array_of,
    drop_unused,
    float_weights,
    require_domain,
    weight_matmuls,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

# Multiply in full precision; activations are not rounded.
FULL_ACCURACY = 1


def to_block_weights(
    source: Path,
    target: Path,
    bits: int,
    block: int,
    check: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Write a file whose fixed weights take ``bits`` bits, with one scale a block of each column.

    Parameters
    ----------
    source, target : Path
        The file in full precision and the one to write.
    bits : int
        4 or 8.
    block : int
        Numbers that share a scale; a power of two from 16 on.
    check : callable
        Called between weights; may raise to stop.

    Returns
    -------
    dict
        ``n_quantized`` and ``n_kept``.

    Raises
    ------
    EncoderError
        If the file has no products to quantize or is quantized already.
    """
    import onnx

    model = read_model(source)
    names = {item.name for item in weight_matmuls(model, source)}
    weights = float_weights(model)
    packed: set[str] = set()
    for node in model.graph.node:
        if node.name not in names:
            continue
        check()
        name = node.input[1]
        stored, scales = (f"{name}/blocks", f"{name}/blocks/scales")
        if name not in packed:
            values, steps = packed_blocks(array_of(weights[name]), bits, block)
            model.graph.initializer.append(onnx.numpy_helper.from_array(values, stored))
            model.graph.initializer.append(onnx.numpy_helper.from_array(steps, scales))
            packed.add(name)
        n_rows, n_columns = weights[name].dims
        replaced = onnx.helper.make_node(
            "MatMulNBits",
            [node.input[0], stored, scales],
            list(node.output),
            name=node.name,
            domain=EXTENSIONS,
            K=n_rows,
            N=n_columns,
            bits=bits,
            block_size=block,
            accuracy_level=FULL_ACCURACY,
        )
        node.CopyFrom(replaced)
    drop_unused(model)
    require_domain(model, EXTENSIONS, 1)
    write_model(model, target)
    return {"n_quantized": len(names), "n_kept": 0}


def packed_blocks(
    weight: NDArray[np.float32], bits: int, block: int
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Return a weight of shape (k, m) as MatMulNBits stores it.

    Returns
    -------
    tuple of arrays
        Bytes of shape (m, n_blocks, block * bits / 8) and scales of shape (m * n_blocks,); of two
        numbers in a byte, the first takes the lower half.
    """
    n_rows, n_columns = weight.shape
    n_blocks = -(-n_rows // block)
    columns = np.zeros((n_columns, n_blocks * block), dtype=np.float32)
    columns[:, :n_rows] = weight.T
    blocks = columns.reshape(n_columns, n_blocks, block)
    farthest = np.abs(blocks).argmax(axis=2)[:, :, None]
    zero = 2 ** (bits - 1)
    scales = np.take_along_axis(blocks, farthest, axis=2) / -zero
    steps = blocks / np.where(scales == 0.0, 1.0, scales)
    stored = np.clip(np.round(steps) + zero, 0, 2 * zero - 1).astype(np.uint8)
    if bits == 4:
        stored = stored[:, :, 0::2] | (stored[:, :, 1::2] << 4)
    return np.ascontiguousarray(stored), scales.astype(np.float32).reshape(-1)
