"""What an encoder must compute for a text, and how fast this machine can compute at all."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.backends import engine_turns, n_threads
from embedding_lab.encoders.checkpoint import count_parameters, read_header
from embedding_lab.encoders.folder import EncoderFolder
from embedding_lab.encoders.folder_facts import WIDTH_NAMES, first_number
from embedding_lab.encoders.record import ONNX
from embedding_lab.errors import LabError
from embedding_lab.types import Engine, Modality, Precision

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from embedding_lab.encoders.checkpoint import TensorInfo
    from embedding_lab.encoders.record import EncoderRecord

DEPTH_NAMES = ("num_hidden_layers", "n_layer", "n_layers", "num_layers")
# Looked up or computed once a text instead of once a token.
NOT_PER_TOKEN = ("embed", "wte", "wpe", "pooler", "lm_head")
# Only some of their weights are used for each token.
EXPERTS = ("num_experts", "num_local_experts", "n_routed_experts")
# A batch of tokens times the widest layer of a small encoder.
PROBE = (2048, 384, 1536)
N_PROBES = 12

_peaks: dict[tuple[Engine, Precision], float] = {}


@dataclass(frozen=True)
class Arithmetic:
    """Cost of a text: ``n_weights`` for each token, ``attention`` for each pair of tokens."""

    n_weights: int
    attention: int

    def operations(self, lengths: NDArray[np.float64]) -> float:
        """Return the floating-point operations for texts of these numbers of tokens."""
        return float(2 * self.n_weights * lengths.sum() + self.attention * (lengths**2).sum())


def arithmetic_of(record: EncoderRecord) -> tuple[Arithmetic | None, str]:
    """Return what an encoder computes, or ``None`` and the reason why that is not known."""
    if record.kind == ONNX:
        return None, "An ONNX file does not tell how many of its numbers each token meets."
    if tuple(record.modalities) != (Modality.TEXT.value,):
        return None, "The encoder has parts for pictures and parts for texts."
    folder = EncoderFolder(Path(record.folder))
    if any(first_number(folder.config, (name,)) for name in EXPERTS):
        return None, "The encoder uses only some of its weights for each token."
    try:
        tensors = [tensor for path in folder.weights() for tensor in read_header(path)]
    except (LabError, OSError):
        return None, "Its weights cannot be read."
    n_weights = count_parameters([tensor for tensor in tensors if _is_per_token(tensor)])
    width = first_number(folder.config, WIDTH_NAMES)
    depth = first_number(folder.config, DEPTH_NAMES)
    if not (n_weights and width and depth):
        return None, "The encoder is no transformer with layers of one width."
    # Scores and weighted sums: two products of width a pair of tokens, two operations each.
    return Arithmetic(n_weights, 4 * width * depth), ""


def _is_per_token(tensor: TensorInfo) -> bool:
    return len(tensor.shape) == 2 and not any(part in tensor.name for part in NOT_PER_TOKEN)


def matmul_peak(engine: Engine, precision: Precision, *, tries_again: bool = False) -> float:
    """Return the most this machine has made of large matrix products so far, in GFLOP/s.

    Measured when a process first asks, with every thread an encoder may use: with the full
    engine's own products for encoders that run on it, else with NumPy's. On a machine that others
    use too, one moment may reach half of what the next does; ``tries_again`` measures once more
    and keeps the better.
    """
    key = engine, precision
    if tries_again or key not in _peaks:
        _peaks[key] = max(_peaks.get(key, 0.0), _probe(engine, precision))
    return _peaks[key]


def _probe(engine: Engine, precision: Precision) -> float:
    product = _torch_product(precision) if engine is Engine.TORCH else _numpy_product()
    rows, inner, columns = PROBE
    seconds = []
    for _ in range(N_PROBES):
        with engine_turns.turn():
            started = time.perf_counter()
            product()
            seconds.append(time.perf_counter() - started)
    return 2 * rows * inner * columns / min(seconds) / 1e9


@cache
def _torch_product(precision: Precision) -> Callable[[], Any]:
    import torch

    torch.set_num_threads(n_threads())
    kind = torch.bfloat16 if precision is Precision.BF16 else torch.float32
    rows, inner, columns = PROBE
    inputs, weights = torch.randn(rows, inner).to(kind), torch.randn(columns, inner).to(kind)
    return lambda: torch.nn.functional.linear(inputs, weights)


@cache
def _numpy_product() -> Callable[[], Any]:
    rows, inner, columns = PROBE
    numbers = np.random.default_rng(0)
    inputs = numbers.normal(size=(rows, inner)).astype(np.float32)
    weights = numbers.normal(size=(inner, columns)).astype(np.float32)
    return lambda: inputs @ weights
