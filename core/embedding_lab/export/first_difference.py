"""Naming the first node of an ONNX graph whose output leaves the original's.

All intermediate outputs are compared in the order they are computed, a block at a time, and the
search ends at the first block with a difference. A bisection would need fewer runs, but it takes
for granted that everything behind a wrong node is wrong, which side branches are not.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.encoders.onnx_session import open_session_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import onnx
    from numpy.typing import NDArray

BLOCK = 48
# Relative to the largest number of a value; rounding of a good export stays a hundred times below.
TOLERANCE = 1e-3
SCOPES = "pkg.torch.onnx.name_scopes"


@dataclass(frozen=True)
class Difference:
    """Where a graph leaves the original.

    Attributes
    ----------
    node, operator : str
        The first node that is not known to agree, and what it computes.
    module : str
        The part of the encoder it belongs to, such as ``encoder.layer.0.attention.self``.
    value : str
        The first value that is known to differ; the node itself or a little behind it.
    max_abs_diff : float
        By how much it differs.
    n_agreeing : int
        How many values before it agree.
    """

    node: str
    operator: str
    module: str
    value: str
    max_abs_diff: float
    n_agreeing: int

    def to_record(self) -> dict[str, Any]:
        """Return the place as a JSON object."""
        return asdict(self)


def first_difference(
    file: Path, feed: dict[str, NDArray[np.generic]], reference: dict[str, NDArray[Any]]
) -> Difference | None:
    """Return where a graph leaves the original; ``None`` if every comparable value agrees.

    Parameters
    ----------
    file : Path
        The ONNX file.
    feed : dict
        Inputs by name.
    reference : dict
        The original's values by name.
    """
    import onnx

    model = onnx.load(str(file))
    shared = [name for node in model.graph.node for name in node.output if name in reference]
    agreeing = {item.name for item in model.graph.input}
    n_given = len(agreeing)
    for name, value in _values(model, feed, shared):
        if _agrees(value, reference[name]):
            agreeing.add(name)
            continue
        node = _first_unproven(model, name, agreeing)
        return Difference(
            node=node.name or node.output[0],
            operator=node.op_type,
            module=_module_of(node),
            value=name,
            max_abs_diff=_distance(value, reference[name]),
            n_agreeing=len(agreeing) - n_given,
        )
    return None


def _values(
    model: onnx.ModelProto, feed: dict[str, NDArray[np.generic]], names: Sequence[str]
) -> Iterator[tuple[str, NDArray[Any]]]:
    import onnx

    given = {item.name for item in model.graph.input}
    for start in range(0, len(names), BLOCK):
        wanted = names[start : start + BLOCK]
        probe = onnx.ModelProto()
        probe.CopyFrom(model)
        there = {item.name for item in probe.graph.output}
        probe.graph.output.extend(
            onnx.ValueInfoProto(name=name) for name in wanted if name not in there
        )
        session = open_session_of(probe.SerializeToString(), optimizes=False)
        inputs = {name: value for name, value in feed.items() if name in given}
        yield from zip(wanted, session.run(list(wanted), inputs), strict=True)


def _agrees(value: NDArray[Any], reference: NDArray[Any]) -> bool:
    if value.shape != reference.shape:
        return False
    if not np.issubdtype(reference.dtype, np.floating):
        return bool(np.array_equal(value, reference))
    ours, theirs = (np.nan_to_num(item.astype(np.float64)) for item in (value, reference))
    # Masks hold the most negative number there is; it must not set the scale for the others.
    usual = np.abs(theirs[np.abs(theirs) < 1e30])
    scale = max(1e-3, float(usual.max(initial=0.0)))
    return bool(np.allclose(ours, theirs, rtol=TOLERANCE, atol=TOLERANCE * scale))


def _distance(value: NDArray[Any], reference: NDArray[Any]) -> float:
    if value.shape != reference.shape:
        return float("inf")
    ours, theirs = (np.nan_to_num(item.astype(np.float64)) for item in (value, reference))
    return float(np.max(np.abs(ours - theirs), initial=0.0))


def _first_unproven(model: onnx.ModelProto, name: str, agreeing: set[str]) -> onnx.NodeProto:
    """Return the first node on the way to a value behind the values known to agree."""
    maker = {output: node for node in model.graph.node for output in node.output}
    stretch: set[str] = set()
    waiting = [name]
    while waiting:
        current = waiting.pop()
        node = maker.get(current)
        if node is None or current in agreeing or node.output[0] in stretch:
            continue
        stretch.add(node.output[0])
        waiting += node.input
    behind = (
        node
        for node in model.graph.node
        if node.output[0] in stretch and agreeing.intersection(node.input)
    )
    return next(behind, maker[name])


def _module_of(node: onnx.NodeProto) -> str:
    scopes = next((item.value for item in node.metadata_props if item.key == SCOPES), "")
    names = [part.strip(" '\"") for part in scopes.strip("[]").split(",")]
    # The last name is the operator's own; the one before is the module it stands in.
    inside = [name for name in names[:-1] if name]
    return inside[-1].removeprefix("model.").lstrip("0123456789.") if inside else ""
