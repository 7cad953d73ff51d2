"""Preparing an encoder for the fast engine: exported and proven once, used ever after."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from embedding_lab import paths
from embedding_lab.encoders.prepared import find_prepared, prepared_name, proof_of
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.errors import EncoderError
from embedding_lab.export.gate import EXACT
from embedding_lab.export.proven_export import ProofPlan, export_proven, require_exportable
from embedding_lab.jobs.job import Job, Lane
from embedding_lab.storage import require_space
from embedding_lab.workflows.export_onnx import DEFAULT_ROWS, ROOM
from embedding_lab.workspace.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.jobs.context import JobContext


@dataclass(frozen=True)
class PrepareEncoder(Job[Workspace]):
    """Export an encoder to ONNX, prove the files, and let the fast engine use them from then on.

    Attributes
    ----------
    encoder : str
        Name or id.
    check_corpus : str
        The corpus whose rows prove the files; a bundled sample without one.
    n_rows : int
        How many rows.
    """

    encoder: str
    check_corpus: str = ""
    n_rows: int = DEFAULT_ROWS
    lane: ClassVar[Lane] = Lane.COMPUTE
    needs_writing: ClassVar[bool] = False

    @property
    def title(self) -> str:
        """What the job does, for the Jobs strip."""
        return f"Preparing {self.encoder}"

    def run(self, ctx: JobContext[Workspace]) -> dict[str, Any]:
        """Export and prove, unless that has been done before."""
        record = EncoderStore(ctx.workspace).get(self.encoder)
        require_exportable(record)
        folder = find_prepared(record)
        if folder is not None:
            return {"encoder": record.name, "path": str(folder), "new": False} | proof_of(folder)
        corpus = ctx.workspace.corpus(self.check_corpus) if self.check_corpus else None
        plan = ProofPlan(corpus, self.n_rows, EXACT)
        return prepare(ctx, record, paths.prepared_folders()[0], plan)


def prepare(
    ctx: JobContext[Any], record: EncoderRecord, parent: Path, plan: ProofPlan
) -> dict[str, Any]:
    """Export and prove an encoder into its place below ``parent`` and return the proof.

    Raises
    ------
    EncoderError
        If it cannot be exported, or the files fail the proof; nothing is left then.
    """
    parent.mkdir(parents=True, exist_ok=True)
    require_space(
        parent, int(max(record.n_parameters * 4, 10_000_000) * ROOM), f"Preparing {record.name}"
    )
    final = parent / prepared_name(record)
    unfinished = final.with_name(f"{final.name}.{os.getpid()}.unfinished")
    unfinished.mkdir()
    try:
        found = export_proven(ctx, record, unfinished, plan)
        if not found["passed"]:
            raise EncoderError(_failure(record, found), hint="Keep using it on the full engine.")
        shutil.rmtree(final, ignore_errors=True)
        unfinished.replace(final)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return {"encoder": record.name, "path": str(final), "new": True} | found


def _failure(record: EncoderRecord, found: dict[str, Any]) -> str:
    part = next(part for part in found["parts"] if not part["passed"])
    place = part["first_difference"]
    where = f" It leaves the original at {place['node']} ({place['operator']})." if place else ""
    return (
        f"The ONNX file of {record.name} does not say the same as the original: the smallest "
        f"cosine on {part['rows']:,} rows is {part['min_cosine']:.6f}, and "
        f"{part['min_cosine_asked']:g} is asked for.{where}"
    )
