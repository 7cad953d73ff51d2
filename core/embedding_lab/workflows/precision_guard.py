"""Whether an encoder's vectors survive a coarser number format, tried on the user's own rows."""

from __future__ import annotations

import hashlib
import json
import platform
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from embedding_lab.backends import cpu_features
from embedding_lab.encoders.agreement import agreement
from embedding_lab.encoders.pending_rows import PendingRows
from embedding_lab.encoders.sample_rows import sample_rows
from embedding_lab.encoders.ways import encode_sorted
from embedding_lab.errors import EncoderError, LabError
from embedding_lab.storage import read_json, write_json
from embedding_lab.types import Precision

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.encoders.contract import Encoder
    from embedding_lab.encoders.embed_plan import EmbedPlan
    from embedding_lab.jobs.context import JobContext
    from embedding_lab.workspace.workspace import Workspace

N_ROWS = 32


def known_agreement(workspace: Workspace, plan: EmbedPlan) -> dict[str, Any] | None:
    """Return what was measured before with these files, choices and machine, if it was."""
    with suppress(LabError):
        found = read_json(_file(workspace, plan))
        if isinstance(found, dict) and isinstance(found.get("min_cosine"), float):
            return found
    return None


def require_agreement(
    ctx: JobContext[Workspace], plan: EmbedPlan, encoder: Encoder, least: float
) -> None:
    """Stop a job in a coarse number format whose vectors differ too much from the exact ones.

    Measured once for the encoder, its prompt and this machine, on a few rows of the corpus, the
    longest among them.

    Raises
    ------
    EncoderError
        If the smallest cosine is below ``least``.
    """
    if plan.options.precision is Precision.FP32:
        return
    found = known_agreement(ctx.workspace, plan)
    if found is None:
        ctx.log(f"Comparing {plan.options.precision} with fp32 on some of the rows…")
        found = _measure(ctx, plan, encoder)
        if found is None:
            return
        path = _file(ctx.workspace, plan)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, found)
    if found["min_cosine"] < least:
        raise EncoderError(
            f"In {plan.options.precision} the vectors of {plan.record.name} differ too much from "
            f"those in fp32: the smallest cosine between the two on {found['n_rows']} rows is "
            f"{found['min_cosine']:.6f}, and at least {least:g} is asked for.",
            hint="Use the precision fp32.",
        )


def _measure(
    ctx: JobContext[Workspace], plan: EmbedPlan, encoder: Encoder
) -> dict[str, Any] | None:
    sample = sample_rows(plan.corpus, N_ROWS, plan.options.modality)
    vectors = []
    for precision in (Precision.FP32, plan.options.precision):
        rows = PendingRows(
            plan.corpus,
            sample.is_left_out(plan.corpus.n_rows),
            plan.options.modality,
            ctx.check,
            takes_empty=plan.encodes_empty,
        )
        options = replace(plan.options, precision=precision)
        vectors.append(encode_sorted(encoder, rows, options, check=ctx.check).vectors)
    # Only empty rows: they tell nothing, and nothing is kept.
    return agreement(vectors[0], vectors[1]).to_record() if len(vectors[0]) else None


def _file(workspace: Workspace, plan: EmbedPlan) -> Path:
    # A processor's own instructions decide how it rounds.
    machine = [platform.machine(), platform.processor(), *sorted(cpu_features())]
    mark = hashlib.sha256(json.dumps([plan.fingerprint, machine]).encode()).hexdigest()[:24]
    return workspace.cache_folder / f"agreement-{mark}.json"
