"""What differs between two ONNX files."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.export.graph_summary import (
    GraphValue,
    all_nodes,
    dtype_name,
    summary_of,
    tensors_of,
)
from embedding_lab.export.onnx_file import read_model

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True)
class TensorDifference:
    """A weight both files have, but not the same.

    ``max_abs_diff`` is the largest difference of two numbers; ``None`` where format or shape
    differ, or where a number is not finite in one of them only.
    """

    name: str
    first: str
    second: str
    max_abs_diff: float | None


@dataclass(frozen=True)
class GraphDifference:
    """What differs between two ONNX files; everything is empty where nothing does.

    Attributes
    ----------
    first, second : str
        Their paths.
    operators : dict of str to list
        Operators whose numbers of nodes differ: both numbers.
    opsets : dict of str to list
        Domains whose versions differ: both versions, ``None`` where it is not used.
    inputs, outputs : dict of str to list
        Those that differ: what they are in both files, ``None`` where there is none.
    tensors : tuple of TensorDifference
        Weights of one name that differ.
    tensors_only_in_first, tensors_only_in_second : tuple of str
        Names of weights.
    nodes_only_in_first, nodes_only_in_second : tuple of str
        Names of nodes; nodes without one are only counted under ``operators``.
    is_same : bool
        Whether nothing differs.
    """

    first: str
    second: str
    operators: dict[str, list[int]]
    opsets: dict[str, list[int | None]]
    inputs: dict[str, list[str | None]]
    outputs: dict[str, list[str | None]]
    tensors: tuple[TensorDifference, ...]
    tensors_only_in_first: tuple[str, ...]
    tensors_only_in_second: tuple[str, ...]
    nodes_only_in_first: tuple[str, ...]
    nodes_only_in_second: tuple[str, ...]

    @property
    def is_same(self) -> bool:
        """Whether nothing differs."""
        return not any(
            value for name, value in asdict(self).items() if name not in {"first", "second"}
        )

    def to_record(self) -> dict[str, Any]:
        """Return the differences as a JSON object."""
        return asdict(self) | {"is_same": self.is_same}


def compare(first: Path, second: Path, check: Callable[[], None] = lambda: None) -> GraphDifference:
    """Return what differs between two ONNX files.

    Parameters
    ----------
    first, second : Path
        The files.
    check : callable
        Called between weights; may raise to stop.

    Raises
    ------
    EncoderError
        If one of them is missing or damaged, or is no ONNX file.
    """
    models = []
    for file in (first, second):
        check()
        models.append(read_model(file))
    one, other = (summary_of(m, file) for m, file in zip(models, (first, second), strict=True))
    graphs = [model.graph for model in models]
    named = [dict(tensors_of(graph)) for graph in graphs]
    tensors = _tensors(named[0], named[1], check)
    nodes = [{node.name for node in all_nodes(graph) if node.name} for graph in graphs]
    return GraphDifference(
        first=str(first),
        second=str(second),
        operators=_unequal(one.operators, other.operators, missing=0),
        opsets=_unequal(one.opsets, other.opsets),
        inputs=_unequal(_described(one.inputs), _described(other.inputs)),
        outputs=_unequal(_described(one.outputs), _described(other.outputs)),
        tensors=tuple(tensors),
        tensors_only_in_first=tuple(sorted(named[0].keys() - named[1].keys())),
        tensors_only_in_second=tuple(sorted(named[1].keys() - named[0].keys())),
        nodes_only_in_first=tuple(sorted(nodes[0] - nodes[1])),
        nodes_only_in_second=tuple(sorted(nodes[1] - nodes[0])),
    )


def _unequal(first: dict[str, Any], second: dict[str, Any], missing: Any = None) -> dict[str, Any]:
    """Return the entries that are not the same in both, with both values."""
    pairs = {
        name: [first.get(name, missing), second.get(name, missing)]
        for name in dict.fromkeys([*first, *second])
    }
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _described(values: tuple[GraphValue, ...]) -> dict[str, str]:
    return {item.name: describe_value(item.dtype, item.shape) for item in values}


def describe_value(dtype: str, shape: tuple[int | str, ...]) -> str:
    """Return a format and a shape as ``int64 (batch, 384)``; ``?`` for sizes without a name."""
    return f"{dtype} ({', '.join(str(size) or '?' for size in shape)})"


def _tensors(
    first: dict[str, Any], second: dict[str, Any], check: Callable[[], None]
) -> list[TensorDifference]:
    found = []
    for name in sorted(first.keys() & second.keys()):
        check()
        difference = _tensor_difference(name, first[name], second[name])
        if difference is not None:
            found.append(difference)
    return found


def _tensor_difference(name: str, first: Any, second: Any) -> TensorDifference | None:
    import onnx

    one, other = (
        describe_value(dtype_name(tensor.data_type), tuple(tensor.dims))
        for tensor in (first, second)
    )
    if one != other:
        return TensorDifference(name, one, other, max_abs_diff=None)
    values, others = (onnx.numpy_helper.to_array(tensor) for tensor in (first, second))
    if values.dtype.kind not in "fiub":
        same = values.tobytes() == others.tobytes()
        return None if same else TensorDifference(name, one, other, max_abs_diff=None)
    if np.array_equal(values, others, equal_nan=values.dtype.kind == "f"):
        return None
    with np.errstate(invalid="ignore", over="ignore"):
        apart = np.abs(values.astype(np.float64) - others.astype(np.float64))
    largest = float(np.nanmax(apart)) if np.isfinite(apart).any() else np.inf
    is_known = np.isfinite(largest) and bool(np.array_equal(np.isnan(values), np.isnan(others)))
    return TensorDifference(name, one, other, max_abs_diff=largest if is_known else None)
