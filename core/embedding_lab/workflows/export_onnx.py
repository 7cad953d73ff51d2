"""Exporting an encoder to ONNX files that are proven on the user's own rows."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from embedding_lab.encoders.store import EncoderStore
from embedding_lab.errors import InputError
from embedding_lab.export.gate import EXACT, Limits
from embedding_lab.export.proven_export import ProofPlan, export_proven, require_exportable
from embedding_lab.jobs.job import Job, Lane
from embedding_lab.storage import folder_bytes, require_space
from embedding_lab.workspace.workspace import Workspace

if TYPE_CHECKING:
    from embedding_lab.jobs.context import JobContext

DEFAULT_ROWS = 500
# An export keeps the weights twice for a moment.
ROOM = 2.5
UNFINISHED = ".unfinished"


@dataclass(frozen=True)
class ExportOnnx(Job[Workspace]):
    """Export an encoder into a folder that onnxruntime and NumPy can use alone.

    The folder appears when the files have passed their proof, or not at all.

    Attributes
    ----------
    encoder : str
        Name or id.
    to : str
        The folder to make; it must not exist or be empty.
    check_corpus : str
        The corpus whose rows prove the files; a bundled sample without one.
    n_rows : int
        How many rows.
    min_cosine : float
        The smallest cosine to the original's vectors that passes.
    keeps_failed : bool
        Leave the folder even if the files failed their proof; the proof beside them says so.
    """

    encoder: str
    to: str
    check_corpus: str = ""
    n_rows: int = DEFAULT_ROWS
    min_cosine: float = EXACT.min_cosine
    keeps_failed: bool = False
    lane: ClassVar[Lane] = Lane.COMPUTE
    needs_writing: ClassVar[bool] = False

    @property
    def title(self) -> str:
        """What the job does, for the Jobs strip."""
        return f"Exporting {self.encoder}"

    def run(self, ctx: JobContext[Workspace]) -> dict[str, Any]:
        """Export, prove, and move the folder into place."""
        record = EncoderStore(ctx.workspace).get(self.encoder)
        require_exportable(record)
        corpus = ctx.workspace.corpus(self.check_corpus) if self.check_corpus else None
        target = new_folder(self.to)
        n_bytes = int(max(record.n_parameters * 4, 10_000_000) * ROOM)
        require_space(
            target.parent, n_bytes, f"Exporting {record.name}", "Free some space, or choose a "
            "folder on a larger disk.",
        )  # fmt: skip
        limits = Limits(self.min_cosine, EXACT.neighbour_overlap)
        unfinished = target.with_name(target.name + UNFINISHED)
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        try:
            found = export_proven(ctx, record, unfinished, ProofPlan(corpus, self.n_rows, limits))
            is_kept = found["passed"] or self.keeps_failed
            if is_kept:
                if target.exists():
                    target.rmdir()
                unfinished.replace(target)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
        path = str(target) if is_kept else ""
        size = folder_bytes(target) if is_kept else 0
        return {"encoder": record.name, "path": path, "bytes": size} | found


def new_folder(name: str) -> Path:
    """Return the full path of a folder a user wants made.

    Raises
    ------
    InputError
        If it exists and holds something, or its parent does not exist.
    """
    path = Path(name).expanduser().absolute()
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise InputError(
            f"{path} exists already and is not empty.", hint="Choose the name of a new folder."
        )
    if not path.parent.is_dir():
        raise InputError(f"The folder {path.parent} does not exist.", hint="Make it first.")
    return path
