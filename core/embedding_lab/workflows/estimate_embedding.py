"""What embedding a corpus will take: time, disk and memory, before it is begun."""

from __future__ import annotations

import shutil
import sys
import time
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from embedding_lab.backends import MemoryWatch, available_memory_bytes
from embedding_lab.encoders import pool
from embedding_lab.encoders.calibration import calibrate
from embedding_lab.encoders.loop import CHUNK, PICTURE_CHUNK
from embedding_lab.encoders.pending_rows import PendingRows
from embedding_lab.encoders.prepare import prepare
from embedding_lab.encoders.record import ONNX
from embedding_lab.encoders.sample_rows import drawn_rows
from embedding_lab.jobs.job import Job, Lane
from embedding_lab.settings import load_settings
from embedding_lab.types import Modality
from embedding_lab.workflows.embed_choices import EmbedChoices
from embedding_lab.workflows.embed_corpus import SPARE_BYTES
from embedding_lab.workspace.workspace import Workspace

if TYPE_CHECKING:
    from embedding_lab.encoders.contract import Encoder, Prepared
    from embedding_lab.encoders.embed_plan import EmbedPlan
    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.jobs.context import JobContext

# Tokenizing so many takes a fraction of a second; pictures must be decoded to be counted.
MOST_TEXTS = 2000
MOST_PICTURES = 64
# What the engines' libraries take when they are loaded.
ENGINE_BYTES = 450_000_000
FAST_ENGINE_BYTES = 60_000_000


@dataclass(frozen=True)
class EstimateEmbedding(EmbedChoices, Job[Workspace]):
    """Encode a few of the rows that wait, and tell what all of them will take.

    A person waits for it, and often while something else is being embedded: so it does not queue
    behind that, but takes turns with it like a search does, for some three seconds of compute. It
    changes nothing and is kept in no history.
    """

    lane: ClassVar[Lane] = Lane.INTERACTIVE
    is_recorded: ClassVar[bool] = False
    needs_writing: ClassVar[bool] = False

    @property
    def title(self) -> str:
        """What the job does, for the Jobs strip."""
        return f"Estimating {self.corpus}"

    def run(self, ctx: JobContext[Workspace]) -> dict[str, Any]:
        """Measure a sample and return what the whole will take."""
        plan = self.plan(ctx.workspace)
        is_done = plan.is_done()
        n_pending = int(np.count_nonzero(~is_done))
        available = available_memory_bytes()
        needed = _expected_memory(plan.record)
        watch, measured = MemoryWatch(), _Measured()
        if n_pending and (not available or needed <= available):
            measured = _measure(ctx, plan, is_done)
            needed = watch.increase()
        n_rows = round(n_pending * measured.share_encoded)
        row_bytes = plan.record.dimension * 4 + 8
        free = shutil.disk_usage(ctx.workspace.folder).free
        rate = measured.rows_per_second
        seconds = n_rows / rate if rate else None if n_rows else 0.0
        found = {
            "corpus": plan.corpus.name,
            "encoder": plan.record.name,
            "precision": plan.options.precision.value,
            "modality": plan.options.modality.value,
            "rows": n_rows,
            "seconds": None if seconds is None else round(seconds, 2),
            "load_seconds": measured.load_seconds,
            "rows_per_second": measured.rows_per_second,
            "bytes_on_disk": n_rows * row_bytes,
            "free_bytes": free,
            "peak_memory_bytes": watch.before + needed,
            "memory_available_bytes": available,
            "sampled_rows": measured.n_sampled,
            "measured_rows": measured.n_encoded,
        }
        problem = _disk_problem(n_pending * row_bytes if n_rows else 0, free)
        problem = problem or (_memory_problem(needed, available) if n_pending else "")
        return found | {"fits": not problem, "sentence": problem or _sentence(found)}


@dataclass(frozen=True)
class _Measured:
    """What the sample told; as if every row had something to encode where none was taken."""

    n_sampled: int = 0
    n_encoded: int = 0
    share_encoded: float = 1.0
    rows_per_second: float | None = None
    load_seconds: float | None = None


def _measure(ctx: JobContext[Workspace], plan: EmbedPlan, is_done: Any) -> _Measured:
    def say(message: str) -> None:
        ctx.progress(0, 0, message)

    encoder = pool.load(plan.record, say)
    facts = pool.facts_of(plan.record)
    is_text = plan.options.modality is Modality.TEXT
    chosen = drawn_rows(np.flatnonzero(~is_done), MOST_TEXTS if is_text else MOST_PICTURES)
    mask = np.ones(len(is_done), dtype=np.bool_)
    mask[chosen] = False
    rows = PendingRows(
        plan.corpus, mask, plan.options.modality, ctx.check, takes_empty=plan.encodes_empty
    )
    say("Reading some rows…")
    started = time.perf_counter()
    items = _prepared(encoder, rows, plan)
    seconds = time.perf_counter() - started
    measured = _Measured(len(chosen), load_seconds=round(facts.seconds, 2) if facts else None)
    if not items:
        return replace(measured, share_encoded=0.0)
    calibration = calibrate(
        encoder,
        items,
        plan.options,
        load_settings().token_budget,
        lambda done: ctx.progress(0, 0, f"Timing some rows, {done:.1f} s"),
    )
    return replace(
        measured,
        n_encoded=calibration.n_encoded,
        share_encoded=len(items) / len(chosen),
        rows_per_second=round(len(items) / (seconds + calibration.seconds), 3),
    )


def _prepared(encoder: Encoder, rows: PendingRows, plan: EmbedPlan) -> list[Prepared]:
    chunk_size = CHUNK if plan.options.modality is Modality.TEXT else PICTURE_CHUNK
    source = iter(rows)
    items: list[Prepared] = []
    while chunk := [item for _, item in islice(source, chunk_size)]:
        items += prepare(encoder, chunk, plan.options)
    return items


def _expected_memory(record: EncoderRecord) -> int:
    """Return what loading the encoder takes, roughly; nothing if it is loaded."""
    if pool.is_loaded(record):
        return 0
    engine, size = (
        ("onnxruntime", FAST_ENGINE_BYTES)
        if record.kind == ONNX
        else ("sentence_transformers", ENGINE_BYTES)
    )
    return pool.weight_bytes(record) + (0 if engine in sys.modules else size)


def _disk_problem(n_bytes: int, free: int) -> str:
    if not n_bytes or n_bytes + SPARE_BYTES <= free:
        return ""
    return (
        f"Does not fit: the vectors need about {about_bytes(n_bytes)} on the disk, which has "
        f"{about_bytes(free)} left."
    )


def _memory_problem(needed: int, available: int) -> str:
    if not available or needed <= available:
        return ""
    return (
        f"Does not fit: the encoder needs about {about_bytes(needed)} of memory, and "
        f"{about_bytes(available)} are free."
    )


def _sentence(found: dict[str, Any]) -> str:
    if not found["rows"]:
        return "Nothing to do: no row waits for a vector."
    took, size = about_seconds(found["seconds"]), about_bytes(found["bytes_on_disk"])
    return f"Fits; will take about {took} and {size}."


def about_seconds(seconds: float) -> str:
    """Return a duration as people say it: ``12 s``, ``4 min``, ``2 h 10 min``."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def about_bytes(n_bytes: int) -> str:
    """Return a size as people say it: ``12 MB``, ``3.4 GB``."""
    return f"{n_bytes / 1e9:.1f} GB" if n_bytes >= 1e9 else f"{max(1, round(n_bytes / 1e6))} MB"
