"""The ways an encoder can run on this machine, and one timed pass over rows by one of them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.backends import MemoryWatch, has_fast_bf16
from embedding_lab.encoders import pool
from embedding_lab.encoders.agreement import agreement
from embedding_lab.encoders.arithmetic import arithmetic_of, matmul_peak
from embedding_lab.encoders.contract import EncodeOptions
from embedding_lab.encoders.loop import LoopSettings, encode_rows
from embedding_lab.encoders.prompts import resolve_prompt
from embedding_lab.settings import load_settings
from embedding_lab.types import Engine, Precision

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from embedding_lab.encoders.arithmetic import Arithmetic
    from embedding_lab.encoders.contract import Encoder, Input
    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.types import Modality


@dataclass(frozen=True)
class EncodedRows:
    """What one pass made: rows ascending, shape (n,), their vectors, and what it took.

    ``lengths`` are the mean numbers of tokens of a row in its batch.
    """

    rows: NDArray[np.int64]
    vectors: NDArray[np.float32]
    lengths: NDArray[np.float64]
    n_tokens: int
    seconds: float


@dataclass
class Way:
    """One encoder in one precision, and what was measured of it."""

    record: EncoderRecord
    options: EncodeOptions
    encoder: Encoder | None = None
    memory_bytes: int = 0
    was_loaded: bool = False
    first: EncodedRows | None = None
    seconds: list[float] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Encoder and precision, for a message."""
        return f"{self.record.name} {self.record.engine} {self.options.precision}"

    def begin(
        self,
        rows_and_inputs: Iterable[tuple[int, Input]],
        say: Callable[[str], None],
        on_batch: Callable[[int], None],
        check: Callable[[], None],
    ) -> None:
        """Load the encoder and make the first pass, which is not timed but kept."""
        self.was_loaded = pool.is_loaded(self.record)
        watch = MemoryWatch()
        self.encoder = pool.load(self.record, say)
        self.first = encode_sorted(self.encoder, rows_and_inputs, self.options, on_batch, check)
        self.memory_bytes = watch.increase()

    def repeat(
        self,
        rows_and_inputs: Iterable[tuple[int, Input]],
        on_batch: Callable[[int], None],
        check: Callable[[], None],
    ) -> None:
        """Make one timed pass, and measure the machine's peak once more beside it."""
        assert self.encoder is not None
        if self._arithmetic()[0] is not None:
            matmul_peak(Engine(self.record.engine), self.options.precision, tries_again=True)
        done = encode_sorted(self.encoder, rows_and_inputs, self.options, on_batch, check)
        self.seconds.append(done.seconds)

    def figures(self, reference: Way) -> dict[str, Any]:
        """Return what was measured as a JSON object, compared with the reference."""
        assert self.encoder is not None
        assert self.first is not None
        assert reference.first is not None
        seconds = float(np.median(self.seconds))
        load = pool.facts_of(self.record)
        n_rows = len(self.first.rows)
        found = {
            "encoder": self.record.name,
            "engine": self.record.engine,
            "precision": self.options.precision.value,
            "device": self.encoder.device,
            "is_reference": self is reference,
            "dim": self.encoder.dimension,
            "max_length": self.encoder.max_length,
            "load_seconds": round(load.seconds, 3) if load else None,
            "seconds": round(seconds, 4),
            "rows_per_second": round(n_rows / seconds, 1),
            "tokens_per_second": round(self.first.n_tokens / seconds, 1),
            "speed_ratio": round(float(np.median(reference.seconds)) / seconds, 3),
            "tokens": self.first.n_tokens,
            "was_loaded": self.was_loaded,
            "memory_bytes": self.memory_bytes,
            "weight_bytes": pool.weight_bytes(self.record),
        }
        same = agreement(reference.first.vectors, self.first.vectors)
        return (
            found
            | self._peak(seconds)
            | {key: value for key, value in same.to_record().items() if key != "n_rows"}
        )

    def _peak(self, seconds: float) -> dict[str, Any]:
        assert self.first is not None
        arithmetic, reason = self._arithmetic()
        if arithmetic is None:
            return {"peak_share": None, "peak_gflops": None, "peak_share_reason": reason}
        peak = matmul_peak(Engine(self.record.engine), self.options.precision)
        share = arithmetic.operations(self.first.lengths) / seconds / 1e9 / peak
        rounded = {"peak_share": round(share, 3), "peak_gflops": round(peak, 1)}
        return rounded | {"peak_share_reason": ""}

    def _arithmetic(self) -> tuple[Arithmetic | None, str]:
        assert self.encoder is not None
        if self.encoder.device != "cpu":
            return None, f"It computes on {self.encoder.device}, not on the processor."
        return arithmetic_of(self.record)


def ways_of(record: EncoderRecord, modality: Modality) -> list[Way]:
    """Return every way an encoder can run here: the full engine in full precision first."""
    prompt = resolve_prompt(record)
    full = replace(record, engine=Engine.TORCH.value) if record.prepared else record
    ways = [(full, Precision.FP32)]
    if full.engine == Engine.TORCH and has_fast_bf16():
        ways.append((full, Precision.BF16))
    if record.prepared:
        ways.append((record, Precision.FP32))
    return [
        Way(item, EncodeOptions(prompt=prompt, precision=precision, modality=modality))
        for item, precision in ways
    ]


def encode_sorted(
    encoder: Encoder,
    rows_and_inputs: Iterable[tuple[int, Input]],
    options: EncodeOptions,
    on_batch: Callable[[int], None] = lambda _: None,
    check: Callable[[], None] = lambda: None,
) -> EncodedRows:
    """Encode rows as embedding a corpus does and return them in row order.

    ``on_batch`` is told the number of rows of each batch; it and ``check`` may raise to stop.
    """
    settings = LoopSettings(token_budget=load_settings().token_budget)
    started = time.perf_counter()
    batches = []
    for batch in encode_rows(encoder, rows_and_inputs, options, settings=settings, check=check):
        batches.append(batch)
        on_batch(len(batch.rows))
    seconds = time.perf_counter() - started
    rows = np.concatenate([np.zeros(0, np.int64), *(batch.rows for batch in batches)])
    nothing = np.zeros((0, encoder.dimension), np.float32)
    order = np.argsort(rows, kind="stable")
    lengths = [np.full(len(batch.rows), batch.n_tokens / len(batch.rows)) for batch in batches]
    return EncodedRows(
        rows=rows[order],
        vectors=np.concatenate([nothing, *(batch.vectors for batch in batches)])[order],
        lengths=np.concatenate([np.zeros(0), *lengths])[order],
        n_tokens=sum(batch.n_tokens for batch in batches),
        seconds=seconds,
    )
