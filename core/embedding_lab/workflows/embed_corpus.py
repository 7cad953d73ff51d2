"""Turning a corpus into vectors."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar

from embedding_lab.encoders import pool
from embedding_lab.encoders.loop import LoopSettings, encode_rows
from embedding_lab.encoders.pending_rows import PendingRows
from embedding_lab.encoders.prompts import missing_prompt_warning
from embedding_lab.errors import EncoderError
from embedding_lab.jobs.job import Job, Lane
from embedding_lab.settings import load_settings
from embedding_lab.storage import require_space
from embedding_lab.types import Modality, Precision
from embedding_lab.workflows.embed_choices import EmbedChoices
from embedding_lab.workflows.precision_guard import known_agreement, require_agreement
from embedding_lab.workspace.vector_set import VectorWriter
from embedding_lab.workspace.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from embedding_lab.encoders.contract import Input
    from embedding_lab.encoders.embed_plan import EmbedPlan
    from embedding_lab.jobs.context import JobContext
    from embedding_lab.workspace.vector_set import VectorSetState

# Room for the small files beside the vectors.
SPARE_BYTES = 10_000_000


@dataclass(frozen=True)
class EmbedCorpus(EmbedChoices, Job[Workspace]):
    """Encode the rows of a corpus that have no vector yet.

    Every batch is committed when it is written, so a killed process loses at most the batch it was
    computing. It is not forced to the disk each time: that would take 1 to 6 ms a batch (16 at
    worst, measured) instead of 0.6, and makes a difference only when the power fails. The end of
    every run, cancelled or not, forces everything.

    With ``bf16``, some rows are first encoded both ways; the job stops if they differ too much.
    """

    lane: ClassVar[Lane] = Lane.COMPUTE

    @property
    def title(self) -> str:
        """What the job does, for the Jobs strip."""
        return f"Embedding {self.corpus}"

    def run(self, ctx: JobContext[Workspace]) -> dict[str, Any]:
        """Encode, commit batch by batch, and return the counts."""
        ctx.workspace.require_writable()
        plan = self.plan(ctx.workspace)
        warning = plan.rendering is None and missing_prompt_warning(
            plan.record, plan.options.prompt
        )
        if warning:
            ctx.log(warning, level="warning")
        waiting = PendingRows(
            plan.corpus,
            plan.is_done(),
            plan.options.modality,
            ctx.check,
            takes_empty=self.encodes_empty,
        )
        pending = iter(waiting)
        first = next(pending, None)
        state, seconds = plan.state(), 0.0
        n_before, n_tokens_before = state.n_rows, state.n_tokens
        if first is not None:
            started = time.perf_counter()
            state = _encode(ctx, plan, chain([first], pending), waiting, self.least_agreement)
            seconds = time.perf_counter() - started
        _warn(ctx, plan, waiting, state)
        n_new = state.n_rows - n_before
        measured = (
            known_agreement(ctx.workspace, plan) if self.precision != Precision.FP32 else None
        )
        return {
            "corpus": plan.corpus.name,
            "encoder": plan.record.name,
            "rows": state.n_rows,
            "new_rows": n_new,
            "truncated": state.n_truncated,
            "empty": waiting.n_empty,
            "unreadable": waiting.n_unreadable,
            "modality": plan.options.modality.value,
            "embedding_prompt": plan.rendering.name if plan.rendering else "",
            "dim": plan.record.dimension,
            "rows_per_second": round(n_new / seconds, 1) if n_new else 0.0,
            "tokens_per_second": round((state.n_tokens - n_tokens_before) / seconds, 1)
            if n_new
            else 0.0,
            "fingerprint": plan.fingerprint,
            "key": plan.folder.name,
            "seconds": round(seconds, 3),
        } | ({"agreement": measured} if measured else {})


def _encode(
    ctx: JobContext[Workspace],
    plan: EmbedPlan,
    rows_and_inputs: Iterator[tuple[int, Input]],
    waiting: PendingRows,
    least_agreement: float,
) -> VectorSetState:
    row_bytes = plan.record.dimension * 4 + 8
    require_space(
        ctx.workspace.folder,
        waiting.n_pending * row_bytes + SPARE_BYTES,
        f"Embedding {plan.corpus.name}",
    )

    def say(message: str) -> None:
        ctx.log(message)
        ctx.progress(plan.n_target - waiting.n_pending, plan.n_target, message)

    encoder = pool.load(plan.record, say)
    if encoder.dimension != plan.record.dimension:
        raise EncoderError(
            f"The encoder {plan.record.name} makes vectors of {encoder.dimension} numbers, but its "
            f"folder says {plan.record.dimension}.",
            hint="Its settings files do not belong together; download it again.",
        )
    if plan.options.rendering is not None and (note := encoder.rendering_note()):
        ctx.log(note)
    require_agreement(ctx, plan, encoder, least_agreement)
    settings = LoopSettings(token_budget=load_settings().token_budget)
    started, n_new = time.perf_counter(), 0
    with VectorWriter(plan.folder, plan.meta()) as writer:
        for batch in encode_rows(
            encoder,
            rows_and_inputs,
            plan.options,
            settings=settings,
            check=ctx.check,
            say=lambda message: ctx.log(message, level="warning"),
        ):
            writer.append(
                batch.rows,
                batch.vectors,
                n_truncated=batch.n_truncated,
                n_tokens=batch.n_tokens,
                seconds=batch.seconds,
            )
            n_new += len(batch.rows)
            ctx.progress(
                plan.n_target - waiting.n_pending + n_new + waiting.n_left_out,
                plan.n_target,
                rows_per_second=n_new / (time.perf_counter() - started),
            )
    return writer.state


def _warn(
    ctx: JobContext[Workspace], plan: EmbedPlan, waiting: PendingRows, state: VectorSetState
) -> None:
    if state.n_truncated:
        ctx.log(
            f"{state.n_truncated:,} of {state.n_rows:,} rows are longer than the "
            f"{plan.record.max_length:,} tokens {plan.record.name} takes; the rest of each was "
            "left out.",
            level="warning",
        )
    is_text = plan.options.modality is Modality.TEXT
    if waiting.n_empty and not (is_text and plan.encodes_empty):
        kind = "empty rows" if is_text else "rows without a picture"
        ctx.log(f"{waiting.n_empty:,} {kind} got no vector.", level="warning")
    for problem in waiting.problems:
        ctx.log(problem, level="warning")
    if waiting.n_unreadable > len(waiting.problems):
        n_more = waiting.n_unreadable - len(waiting.problems)
        ctx.log(f"{n_more:,} more pictures could not be read.", level="warning")
