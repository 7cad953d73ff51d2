"""Exporting a loaded encoder to ONNX files. Heavy: imports torch.

The graphs come from ``torch.export`` (the dynamo way), which keeps the names of the encoder's own
modules and operators in the file, so that a node that goes astray can be named.
"""

from __future__ import annotations

import logging
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from embedding_lab.encoders.onnx_session import PROMPT_LENGTH
from embedding_lab.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from embedding_lab.encoders.contract import Picture
    from embedding_lab.export.torch_graphs import VectorGraph
    from embedding_lab.export.torch_source import ExportSource

OUTPUT = "sentence_embedding"
# Beyond this, one file cannot hold the weights: that is a limit of the format.
MOST_BYTES_INSIDE = 1_800_000_000
MOST_ROWS = 4096
EXAMPLES = ("A few words.", "Rather more words than that, so that rows differ in length.", "One")
# What tells of the machine it was exported on, or only repeats the graph.
SHED_METADATA = (
    "pkg.torch.onnx.stack_trace",
    "pkg.torch.onnx.class_hierarchy",
    "pkg.torch.onnx.fx_node",
)


@dataclass(frozen=True)
class GraphExport:
    """One graph with example inputs by name, and which of their axes may vary."""

    graph: VectorGraph
    inputs: dict[str, torch.Tensor]
    axes: dict[str, dict[int, Any]]

    def program(self) -> Any:
        """Return the exported program with its ONNX model, not yet written."""
        with _quietly():
            return torch.onnx.export(
                self.graph,
                kwargs=self.inputs,
                dynamo=True,
                input_names=list(self.inputs),
                output_names=[OUTPUT],
                dynamic_shapes=self.axes,
                verbose=False,
            )

    def write(self, file: Path) -> None:
        """Write the graph as an ONNX file.

        Raises
        ------
        EncoderError
            If the exporter cannot carry the encoder's architecture; the sentence says where.
        """
        try:
            program = self.program()
        except Exception as error:
            raise _refusal(error) from error
        for node in program.model.graph.all_nodes():
            for name in SHED_METADATA:
                node.metadata_props.pop(name, None)
        n_bytes = sum(weight.numel() * 4 for weight in self.graph.parameters())
        program.save(str(file), external_data=n_bytes > MOST_BYTES_INSIDE)


def text_export(source: ExportSource) -> GraphExport:
    """Return the graph of an encoder's texts."""
    texts, settings = source.raw_texts()
    ids, mask = texts.padded(texts.tokenize(EXAMPLES))
    inputs = {"input_ids": torch.from_numpy(ids)}
    if source.takes_mask:
        inputs["attention_mask"] = torch.from_numpy(mask)
    moving = {0: torch.export.Dim("batch", min=1, max=MOST_ROWS)}
    if not settings.padded_to:
        most = settings.max_length or torch.iinfo(torch.int32).max
        moving[1] = torch.export.Dim("tokens", min=1, max=most)
    axes: dict[str, dict[int, Any]] = dict.fromkeys(inputs, moving)
    if source.leaves_prompt_out:
        inputs[PROMPT_LENGTH] = torch.tensor([1], dtype=torch.int64)
        axes[PROMPT_LENGTH] = {}
    return GraphExport(source.text_graph(), inputs, axes)


def picture_export(source: ExportSource, examples: list[Picture]) -> GraphExport:
    """Return the graph of an encoder's pictures."""
    features = source.picture_features(examples)
    if set(features) != {"pixel_values"} or features["pixel_values"].dim() != 4:
        raise EncoderError(
            f"The pictures of {source.record.name} cannot be exported: it cuts each picture into a "
            "number of pieces that depends on its size, and one ONNX graph holds one size only.",
            hint="Its texts can be exported alone if it reads texts; for pictures, keep using the "
            "encoder as it is.",
        )
    inputs = {"pixel_values": features["pixel_values"]}
    axes = {"pixel_values": {0: torch.export.Dim("batch", min=1, max=MOST_ROWS)}}
    return GraphExport(source.picture_graph(), inputs, axes)


def _refusal(error: Exception) -> EncoderError:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    cause = next((line for line in lines if "Error" in line or "ailed" in line), "")
    said = (cause or (lines or [type(error).__name__])[0])[:300].rstrip(".")
    return EncoderError(
        f"The exporter cannot turn this encoder's architecture into an ONNX graph: {said}.",
        hint="Keep using it on the full engine; the details say which operator is in the way.",
    )


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep the exporter's own remarks, which are about its insides, from everybody's terminal."""
    log = logging.getLogger("torch.onnx")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(before)
