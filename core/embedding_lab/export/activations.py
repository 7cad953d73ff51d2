"""What flows through a graph on sample texts: the ranges that fixed scales are made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.encoders.onnx_session import open_session
from embedding_lab.errors import EncoderError
from embedding_lab.export.onnx_file import remove_model, write_model

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    # One batch: the inputs of an ONNX file by name.
    Probe = Mapping[str, NDArray[np.int64]]

MOST_SAMPLES = 512
SAMPLES_A_PROBE = 64


@dataclass(frozen=True)
class Activations:
    """One value of a graph as it was on sample texts, padding left out.

    Attributes
    ----------
    low, high : array, shape (k,)
        Smallest and largest number of each channel.
    samples : array, shape (n, k)
        Some of its tokens, the same number of each probe.
    """

    low: NDArray[np.float32]
    high: NDArray[np.float32]
    samples: NDArray[np.float32]


def watch_activations(
    model: Any,
    names: Sequence[str],
    probes: Sequence[Probe],
    folder: Path,
    check: Callable[[], None] = lambda: None,
) -> dict[str, Activations]:
    """Run a graph on sample texts and return what the named values were.

    Parameters
    ----------
    model : onnx.ModelProto
        The graph; it is not changed.
    names : sequence of str
        Values of shape (batch, tokens, k).
    probes : sequence of mappings
        Inputs of the graph by name, each of shape (batch, tokens).
    folder : Path
        Where a copy of the graph is written for a while.
    check : callable
        Called between probes; may raise to stop.

    Raises
    ------
    EncoderError
        If there are no probes.
    """
    import onnx

    if not probes:
        raise EncoderError(
            "Fixed scales need sample texts to be found on.", hint="Give some texts of your own."
        )
    watched = onnx.ModelProto()
    watched.CopyFrom(model)
    del watched.graph.output[:]
    watched.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in names)
    file = folder / "watched.onnx.tmp"
    try:
        write_model(watched, file)
        session = open_session(file)
    finally:
        remove_model(file)
    found: dict[str, Activations] = {}
    numbers = np.random.default_rng(0)
    for probe in probes:
        check()
        for name, values in zip(names, session.run(list(names), dict(probe)), strict=True):
            tokens = _tokens(values, probe)
            some = tokens[numbers.permutation(len(tokens))[:SAMPLES_A_PROBE]]
            seen = Activations(tokens.min(axis=0), tokens.max(axis=0), some)
            found[name] = _joined(found[name], seen) if name in found else seen
    return found


def _tokens(values: NDArray[np.float32], probe: Probe) -> NDArray[np.float32]:
    mask = probe.get("attention_mask")
    if mask is not None and values.shape[:2] == mask.shape:
        return values[mask > 0]
    return values.reshape(-1, values.shape[-1])


def _joined(first: Activations, second: Activations) -> Activations:
    samples = np.concatenate([first.samples, second.samples])[-MOST_SAMPLES:]
    return Activations(
        np.minimum(first.low, second.low), np.maximum(first.high, second.high), samples
    )
