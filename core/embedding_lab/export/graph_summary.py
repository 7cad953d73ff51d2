"""What an ONNX file holds: operators, parameters, inputs and outputs, in plain figures."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from embedding_lab.export.onnx_file import data_files, read_model

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

STANDARD = "ai.onnx"


@dataclass(frozen=True)
class GraphValue:
    """An input or output: its name, number format, and shape.

    Sizes that vary are names, or empty where the file does not name them.
    """

    name: str
    dtype: str
    shape: tuple[int | str, ...]


@dataclass(frozen=True)
class GraphSummary:
    """What an ONNX file holds.

    Attributes
    ----------
    file : str
        Its path.
    n_bytes, n_external_bytes : int
        Size of the file, and of the files beside it that hold weights.
    missing_files : tuple of str
        Files that should lie beside it and do not.
    producer : str
        The program that wrote it, with its version.
    ir_version : int
        Version of the file format.
    opsets : dict of str to int
        Versions of the operators by domain.
    metadata : dict of str to str
        What its author wrote into it.
    inputs, outputs : tuple of GraphValue
        What it takes and gives.
    n_nodes : int
        Number of nodes, those inside of branches and loops included.
    operators : dict of str to int
        How many nodes there are of each operator, the most frequent first.
    n_parameters : int
        Numbers in its weights; such as hold 4 bits two by two count as one.
    parameters : dict of str to dict
        ``count`` and ``bytes`` of the parameters by number format.
    """

    file: str
    n_bytes: int
    n_external_bytes: int
    missing_files: tuple[str, ...]
    producer: str
    ir_version: int
    opsets: dict[str, int]
    metadata: dict[str, str]
    inputs: tuple[GraphValue, ...]
    outputs: tuple[GraphValue, ...]
    n_nodes: int
    operators: dict[str, int]
    n_parameters: int
    parameters: dict[str, dict[str, int]]

    def to_record(self) -> dict[str, Any]:
        """Return the summary as a JSON object."""
        return asdict(self)


def summarize(file: Path) -> GraphSummary:
    """Return what an ONNX file holds; weights beside it are not read.

    Raises
    ------
    EncoderError
        If the file is missing or damaged, or is no ONNX file.
    """
    return summary_of(read_model(file, has_weights=False), file)


def summary_of(model: Any, file: Path) -> GraphSummary:
    """Return what a graph holds that was read from ``file``."""
    graph = model.graph
    weights = {tensor.name for tensor in graph.initializer}
    operators = Counter(_operator(node) for node in all_nodes(graph))
    beside = data_files(model, file)
    counts, sizes = _parameters(graph)
    return GraphSummary(
        file=str(file),
        n_bytes=file.stat().st_size,
        n_external_bytes=sum(item.stat().st_size for item in beside if item.is_file()),
        missing_files=tuple(item.name for item in beside if not item.is_file()),
        producer=f"{model.producer_name} {model.producer_version}".strip(),
        ir_version=model.ir_version,
        opsets={item.domain or STANDARD: item.version for item in model.opset_import},
        metadata={item.key: item.value for item in model.metadata_props},
        # Files of old versions list their weights among the inputs.
        inputs=tuple(_value(item) for item in graph.input if item.name not in weights),
        outputs=tuple(_value(item) for item in graph.output),
        n_nodes=operators.total(),
        operators=dict(sorted(operators.items(), key=lambda entry: (-entry[1], entry[0]))),
        n_parameters=sum(counts.values()),
        parameters={
            dtype: {"count": counts[dtype], "bytes": sizes[dtype]} for dtype in sorted(counts)
        },
    )


def all_nodes(graph: Any) -> Iterator[Any]:
    """Yield the nodes of a graph and of all graphs inside of them."""
    import onnx

    for node in graph.node:
        yield node
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                yield from all_nodes(attribute.g)
            for inner in attribute.graphs:
                yield from all_nodes(inner)


def tensors_of(graph: Any) -> Iterator[tuple[str, Any]]:
    """Yield the weights of a graph with their names: initializers and constants."""
    for tensor in graph.initializer:
        yield tensor.name, tensor
    for node in all_nodes(graph):
        if node.op_type == "Constant":
            for attribute in node.attribute:
                if attribute.name == "value":
                    yield node.output[0], attribute.t


def dtype_name(data_type: int) -> str:
    """Return the name of a number format, such as ``float32``."""
    import onnx

    try:
        name = str(onnx.TensorProto.DataType.Name(data_type)).lower()
    except ValueError:
        return f"unknown ({data_type})"
    return {"float": "float32", "double": "float64"}.get(name, name)


def n_numbers(sizes: Iterable[int]) -> int:
    """Return how many numbers a tensor of this shape has."""
    product = 1
    for size in sizes:
        product *= size
    return product


def _parameters(graph: Any) -> tuple[Counter[str], Counter[str]]:
    """Return numbers and bytes by format."""
    counts: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    for _, tensor in tensors_of(graph):
        dtype = dtype_name(tensor.data_type)
        count = n_numbers(tensor.dims)
        counts[dtype] += count
        sizes[dtype] += (count * _bits(tensor.data_type) + 7) // 8
    return counts, sizes


def _bits(data_type: int) -> int:
    import onnx

    name = dtype_name(data_type)
    if name.endswith("int4") or name.startswith("float4"):
        return 4
    try:
        return int(onnx.helper.tensor_dtype_to_np_dtype(data_type).itemsize) * 8
    except (KeyError, TypeError, ValueError):
        return 0


def _operator(node: Any) -> str:
    is_standard = node.domain in {"", STANDARD}
    return str(node.op_type if is_standard else f"{node.domain}.{node.op_type}")


def _value(item: Any) -> GraphValue:
    tensor = item.type.tensor_type
    shape = tuple(
        size.dim_value if size.HasField("dim_value") else str(size.dim_param)
        for size in tensor.shape.dim
    )
    return GraphValue(item.name, dtype_name(tensor.elem_type), shape)
