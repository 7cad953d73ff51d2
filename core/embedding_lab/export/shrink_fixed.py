"""Int8 with fixed scales, found beforehand on sample texts: nothing is measured while encoding.

Each channel c of the activations x, shape (..., k), has its own step and zero point; the steps are
moved into the weight, so that the integer product stays one product::

    step_c   = t * range_c ** alpha / peak_c ** (1 - alpha)   peak_c = max |weight| over row c
    x_c     ~= (q_c - zero_c) * step_c                         q_c in 0..255
    x @ W   ~= (q @ round(W')) * column_scale + bias           W' = step[:, None] * W
    bias     = - zero @ round(W') * column_scale

with t the smallest factor for which every channel's range fits. Sharing the difficulty between
activations and weights is SmoothQuant (Xiao et al. 2023, https://arxiv.org/abs/2211.10438, eq. 4);
here alpha is chosen for each product by the error of its outputs on the samples, and the mean of
the error that remains goes into the bias (Nagel et al. 2019, https://arxiv.org/abs/1906.04721).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.export.shrink_rows import LARGEST_WEIGHT
from embedding_lab.export.weight_matmuls import (
    EXTENSIONS,
    array_of,
    drop_unused,
    float_weights,
    require_domain,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from numpy.typing import NDArray

    from embedding_lab.export.activations import Activations

ALPHAS = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
MOST = 255
TINY = 1e-6


@dataclass(frozen=True)
class _Rounding:
    """How the input of some products is rounded: steps and zero points, shape (k,)."""

    steps: NDArray[np.float32]
    zeros: NDArray[np.uint8]

    def rounded(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what the rounded values stand for in steps, shape (n, k)."""
        return np.clip(np.round(values / self.steps) + self.zeros, 0, MOST)


def quantize_fixed(
    model: Any,
    names: Collection[str],
    seen: Mapping[str, Activations],
    check: Callable[[], None] = lambda: None,
) -> None:
    """Turn products of a graph into integer ones with fixed scales, in place.

    Parameters
    ----------
    model : onnx.ModelProto
        A graph whose nodes have names.
    names : collection of str
        Which products, as :func:`weight_matmuls` found them.
    seen : mapping of str to Activations
        What the inputs of the products were on sample texts, by the input's name.
    check : callable
        Called between products; may raise to stop.
    """
    graph = model.graph
    weights = float_weights(model)
    sharing: dict[str, list[Any]] = {}
    for node in graph.node:
        if node.name in names:
            sharing.setdefault(node.input[0], []).append(node)
    surgery = _Surgery(model)
    for source, nodes in sharing.items():
        check()
        stacked = np.concatenate([array_of(weights[node.input[1]]) for node in nodes], axis=1)
        rounding = _best_rounding(seen[source], stacked)
        surgery.round_input(source, rounding)
        for node in nodes:
            surgery.replace(node, array_of(weights[node.input[1]]), rounding, seen[source])
    surgery.finish()


def _best_rounding(seen: Activations, weight: NDArray[np.float32]) -> _Rounding:
    exact = seen.samples @ weight
    best: tuple[float, _Rounding] | None = None
    for alpha in ALPHAS:
        rounding = _rounding(seen, weight, alpha)
        stored, scales = rounded_weight(weight, rounding.steps)
        shifted = rounding.rounded(seen.samples) - rounding.zeros
        error = float(np.square((shifted @ stored) * scales - exact).sum())
        if best is None or error < best[0]:
            best = (error, rounding)
    assert best is not None
    return best[1]


def _rounding(seen: Activations, weight: NDArray[np.float32], alpha: float) -> _Rounding:
    low, high = np.minimum(seen.low, 0.0), np.maximum(seen.high, 0.0)
    spans = np.maximum(high - low, TINY)
    peaks = np.maximum(np.abs(weight).max(axis=1), TINY)
    shares = spans**alpha / peaks ** (1.0 - alpha)
    steps = (shares * (spans / shares).max() / MOST).astype(np.float32)
    zeros = np.clip(np.round(-low / steps), 0, MOST).astype(np.uint8)
    return _Rounding(steps, zeros)


def rounded_weight(
    weight: NDArray[np.float32], steps: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return ``steps[:, None] * weight`` in whole numbers, and the scale of each column."""
    scaled = weight * steps[:, None]
    scales = (np.maximum(np.abs(scaled).max(axis=0), 1e-30) / LARGEST_WEIGHT).astype(np.float32)
    return np.round(scaled / scales), scales


class _Surgery:
    """Collects the nodes that replace others, and puts them in at the end."""

    def __init__(self, model: Any) -> None:
        import onnx

        self._make = onnx.helper.make_node
        self._to_tensor = onnx.numpy_helper.from_array
        self._model = model
        self._constants = {tensor.name: tensor for tensor in model.graph.initializer}
        self._readers: dict[str, list[Any]] = {}
        for node in model.graph.node:
            for name in node.input:
                self._readers.setdefault(name, []).append(node)
        self._is_output = {item.name for item in model.graph.output}
        # Nodes to put in place of others, by the name of the one that goes.
        self._new: dict[str, list[Any]] = {}
        self._waiting: list[Any] = []
        for name, value in {"one": np.float32(1), "zero": np.uint8(0), "none": np.int8(0)}.items():
            self._add(_own(name), np.array(value))

    def _add(self, name: str, value: NDArray[Any]) -> str:
        self._model.graph.initializer.append(self._to_tensor(value, name))
        return name

    def round_input(self, source: str, rounding: _Rounding) -> None:
        """Round what products read; the node stands before the first of them."""
        factors = self._add(_own(source, "factors"), 1.0 / rounding.steps)
        zeros = self._add(_own(source, "zeros"), rounding.zeros.astype(np.float32))
        in_steps, shifted = _own(source, "in_steps"), _own(source, "shifted")
        # The engine's QuantizeLinear could do all of it, but with a step a channel it is slow.
        self._waiting = [
            self._make("Mul", [source, factors], [in_steps]),
            self._make("Add", [in_steps, zeros], [shifted]),
            self._make(
                "QuantizeLinear", [shifted, _own("one"), _own("zero")], [_own(source, "uint8")]
            ),
        ]

    def replace(
        self, node: Any, weight: NDArray[np.float32], rounding: _Rounding, seen: Activations
    ) -> None:
        """Put an integer product in the place of one, and of the addition of a bias behind it."""
        stored, scales = rounded_weight(weight, rounding.steps)
        found = ((rounding.rounded(seen.samples) - rounding.zeros) @ stored) * scales
        bias = np.mean(seen.samples @ weight - found, axis=0)
        bias -= (rounding.zeros.astype(np.float32) @ stored) * scales
        output = node.output[0]
        behind = self._bias_behind(output)
        if behind is not None:
            addition, constant = behind
            bias += array_of(constant)
            output = addition.output[0]
            self._new[addition.name] = []
        name = node.name
        inputs = [
            _own(node.input[0], "uint8"),
            self._add(_own(name, "int8"), stored.astype(np.int8)),
            _own("one"),
            self._add(_own(name, "scales"), scales),
            _own("zero"),
            _own("none"),
            self._add(_own(name, "bias"), bias.astype(np.float32)),
        ]
        product = self._make("MatMulIntegerToFloat", inputs, [output], name=name, domain=EXTENSIONS)
        self._new[name] = [*self._waiting, product]
        self._waiting = []

    def _bias_behind(self, output: str) -> tuple[Any, Any] | None:
        readers = self._readers.get(output, [])
        if len(readers) != 1 or readers[0].op_type != "Add" or output in self._is_output:
            return None
        (other,) = [name for name in readers[0].input if name != output] or [""]
        constant = self._constants.get(other)
        return (readers[0], constant) if constant is not None and len(constant.dims) == 1 else None

    def finish(self) -> None:
        """Bring the new nodes into the graph and drop what nobody reads any more."""
        graph = self._model.graph
        nodes = [new for node in graph.node for new in self._new.get(node.name, [node])]
        del graph.node[:]
        graph.node.extend(nodes)
        drop_unused(self._model)
        require_domain(self._model, EXTENSIONS, 1)


def _own(name: str, part: str = "") -> str:
    """Return a name that no exporter gives."""
    return f"{name}/fixed/{part}" if part else f"{name}/fixed"
