"""Handing vectors out as one NumPy file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.lib.format import open_memmap

from embedding_lab.encoders.fingerprint import find_vector_set
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.errors import UsageError
from embedding_lab.jobs.job import Job, Lane
from embedding_lab.storage import output_file, replaced_whole, require_space
from embedding_lab.workspace.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.jobs.context import JobContext
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.vector_set import VectorSet

CHUNK_ROWS = 8192


@dataclass(frozen=True)
class ExportVectors(Job[Workspace]):
    """Write the vectors of a corpus as float32, shape (n, d), in the corpus's row order.

    Rows without a vector become NaN and are counted.

    Attributes
    ----------
    corpus, encoder : str
        Names or ids.
    to : str
        The ``.npy`` file to write.
    ids_to : str
        A text file for the document ids, one a line in the same order; empty for none.
    key : str
        Which vectors, where an encoder has several sets; the set with the most rows without it.
    """

    corpus: str
    encoder: str = "starter"
    to: str = ""
    ids_to: str = ""
    key: str = ""
    lane: ClassVar[Lane] = Lane.IO
    needs_writing: ClassVar[bool] = False

    @property
    def title(self) -> str:
        """What the job does, for the Jobs strip."""
        return f"Exporting vectors of {self.corpus}"

    def run(self, ctx: JobContext[Workspace]) -> dict[str, Any]:
        """Copy the vectors into place, then rename the finished file."""
        target = output_file(self.to, [".npy"])
        ids_target = output_file(self.ids_to, [".txt"]) if self.ids_to else None
        corpus = ctx.workspace.corpus(self.corpus)
        vector_set = self._vector_set(ctx.workspace, corpus)
        n_bytes = corpus.n_rows * vector_set.meta.dimension * 4
        require_space(target.parent, n_bytes, f"Exporting the vectors of {corpus.name}")
        n_written = _write(ctx, corpus, vector_set, target)
        if ids_target:
            _write_ids(corpus, ids_target)
        return {
            "path": str(target),
            "rows": corpus.n_rows,
            "dim": vector_set.meta.dimension,
            "missing": corpus.n_rows - n_written,
        }

    def _vector_set(self, workspace: Workspace, corpus: Corpus) -> VectorSet:
        if self.key:
            found = [item for item in workspace.vector_sets(corpus) if item.key == self.key]
            vector_set = found[0] if found else None
        else:
            record = EncoderStore(workspace).get(self.encoder)
            vector_set = find_vector_set(workspace, corpus, record)
        if vector_set is None:
            raise UsageError(
                f"The corpus {corpus.name} has no vectors of the encoder {self.encoder}.",
                hint="Embed it first.",
            )
        return vector_set


def _write(ctx: JobContext[Workspace], corpus: Corpus, vector_set: VectorSet, target: Path) -> int:
    rows, slots = vector_set.in_row_order()
    vectors = vector_set.vectors()
    shape = (corpus.n_rows, vector_set.meta.dimension)
    with replaced_whole(target) as temporary:
        out = open_memmap(temporary, "w+", dtype=np.float32, shape=shape)
        for start in range(0, corpus.n_rows, CHUNK_ROWS):
            stop = min(start + CHUNK_ROWS, corpus.n_rows)
            first, last = np.searchsorted(rows, (start, stop))
            out[start:stop] = np.nan
            out[rows[first:last]] = vectors[slots[first:last]]
            ctx.progress(stop, corpus.n_rows)
        out.flush()
        # The file is closed with its last reference, and some systems rename only closed files.
        del out
    return int(np.searchsorted(rows, corpus.n_rows))


def _write_ids(corpus: Corpus, target: Path) -> None:
    with (
        replaced_whole(target) as temporary,
        temporary.open("w", encoding="utf-8", newline="\n") as file,
    ):
        file.writelines(f"{document_id}\n" for document_id in corpus.ids())
