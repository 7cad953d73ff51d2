"""Int8 whose vectors do not depend on the batch: one scale for every token of every text.

For a product ``x @ weight`` with x of shape (..., k) and weight of shape (k, m)::

    row_scale    = max |x| over the last axis / 127        (..., 1), found while encoding
    column_scale = max |weight| over the first axis / 63   (m,), fixed
    x @ weight  ~= (round(x / row_scale) @ round(weight / column_scale)) * column_scale * row_scale

The rounded numbers are multiplied as integers, exactly; rows of a batch never meet.

Weights use 7 of their 8 bits: processors without VNNI instructions add two products in 16 bits,
which 255 * 63 * 2 = 32,130 still fits; with all 8 bits, sums are cut off there and vectors differ
from those of other processors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.export.weight_matmuls import (
    EXTENSIONS,
    array_of,
    drop_unused,
    float_weights,
    require_domain,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

LARGEST = 127
LARGEST_WEIGHT = 63
# Rows of zeros get this scale, which keeps them zeros.
TINY = 1e-12
# Unsigned numbers around 128: processors multiply those by signed weights fastest.
ZERO_POINT = 128
# From this version of the operators on, ReduceMax takes its axes as an input.
AXES_ARE_INPUTS = 18


def quantize_rowwise(model: Any, names: Collection[str]) -> None:
    """Turn products of a graph into integer ones, in place.

    Parameters
    ----------
    model : onnx.ModelProto
        A graph whose nodes have names.
    names : collection of str
        Which products, as :func:`weight_matmuls` found them.
    """
    _Surgery(model).replace(names)


def rounded_columns(weight: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return a weight as int8, shape (k, m), and the scale of each column, shape (m,)."""
    scales = np.maximum(np.abs(weight).max(axis=0), TINY).astype(np.float32) / LARGEST_WEIGHT
    return np.round(weight / scales).astype(np.int8), scales.astype(np.float32)


class _Surgery:
    """Puts integer products in the place of others; an input shared by several is rounded once."""

    def __init__(self, model: Any) -> None:
        import onnx

        self._helper = onnx.helper
        self._to_tensor = onnx.numpy_helper.from_array
        self._model = model
        self._weights = float_weights(model)
        self._rounded_inputs: set[str] = set()
        self._rounded_weights: set[str] = set()

    def replace(self, names: Collection[str]) -> None:
        graph = self._model.graph
        self._add_constants()
        nodes = []
        for node in graph.node:
            nodes += self._integer_nodes(node) if node.name in names else [node]
        del graph.node[:]
        graph.node.extend(nodes)
        drop_unused(self._model)
        require_domain(self._model, EXTENSIONS, 1)

    def _add_constants(self) -> None:
        for name, value in {
            "tiny": np.float32(TINY),
            "largest": np.float32(LARGEST),
            "smallest_step": np.float32(1 / LARGEST),
            "one": np.float32(1),
            "zero_point": np.uint8(ZERO_POINT),
        }.items():
            self._add(_own(name), np.array(value))

    def _add(self, name: str, value: NDArray[Any]) -> None:
        self._model.graph.initializer.append(self._to_tensor(value, name))

    def _integer_nodes(self, node: Any) -> list[Any]:
        source, weight = node.input
        nodes = [] if source in self._rounded_inputs else self._rounding_nodes(source)
        self._rounded_inputs.add(source)
        if weight not in self._rounded_weights:
            values, scales = rounded_columns(array_of(self._weights[weight]))
            self._add(_own(weight, "int8"), values)
            self._add(_own(weight, "scales"), scales)
            self._rounded_weights.add(weight)
        product = _own(node.output[0], "product")
        make = self._helper.make_node
        return [
            *nodes,
            make(
                "MatMulIntegerToFloat",
                [
                    _own(source, "uint8"),
                    _own(weight, "int8"),
                    _own("one"),
                    _own(weight, "scales"),
                    _own("zero_point"),
                ],
                [product],
                name=node.name,
                domain=EXTENSIONS,
            ),
            make("Mul", [product, _own(source, "scales")], [node.output[0]], name=_own(node.name)),
        ]

    def _rounding_nodes(self, source: str) -> list[Any]:
        limits = [_own("one"), _own("zero_point")]
        steps = [
            ("Abs", [source], "sizes", {}),
            ("ReduceMax", [_own(source, "sizes")], "peaks", {"keepdims": 1}),
            ("Max", [_own(source, "peaks"), _own("tiny")], "largest", {}),
            ("Mul", [_own(source, "largest"), _own("smallest_step")], "scales", {}),
            ("Div", [_own("largest"), _own(source, "largest")], "factors", {}),
            ("Mul", [source, _own(source, "factors")], "spread", {}),
            ("QuantizeLinear", [_own(source, "spread"), *limits], "uint8", {}),
        ]
        nodes = [
            self._helper.make_node(kind, inputs, [_own(source, output)], **attributes)
            for kind, inputs, output, attributes in steps
        ]
        self._reduce_last_axis(nodes[1])
        return nodes

    def _reduce_last_axis(self, node: Any) -> None:
        """Name the axis as the graph's version of the operators wants it."""
        opset = next(item.version for item in self._model.opset_import if not item.domain)
        if opset < AXES_ARE_INPUTS:
            node.attribute.append(self._helper.make_attribute("axes", [-1]))
            return
        name = _own("last_axis")
        if all(tensor.name != name for tensor in self._model.graph.initializer):
            self._add(name, np.array([-1], dtype=np.int64))
        node.input.append(name)


def _own(name: str, part: str = "") -> str:
    """Return a name that no exporter gives."""
    return f"{name}/rowwise/{part}" if part else f"{name}/rowwise"
