"""Encoding the same rows in several ways, in turn, with progress."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab.encoders.pending_rows import PendingRows
from embedding_lab.types import Modality, counted

if TYPE_CHECKING:
    from embedding_lab.encoders.sample_rows import RowSample
    from embedding_lab.encoders.ways import Way
    from embedding_lab.jobs.context import JobContext
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.workspace import Workspace


class EncodingBench:
    """Runs passes over the same rows and reports how far they have come.

    Every way encodes them all once; that pass is kept but not timed. Then all ways take turns, so
    that a busy machine slows them alike.

    Parameters
    ----------
    ctx : JobContext
        Who watches.
    corpus, sample, modality
        Whose rows, which of them, and what is encoded of each.
    n_passes : int
        How many passes there will be, for the progress.
    """

    def __init__(
        self,
        ctx: JobContext[Workspace],
        corpus: Corpus,
        sample: RowSample,
        modality: Modality,
        n_passes: int,
    ) -> None:
        self._ctx = ctx
        self._corpus = corpus
        self._left_out = sample.is_left_out(corpus.n_rows)
        self._modality = modality
        self._n_total = n_passes * len(sample.rows)
        self._n_done = 0
        self._message = ""

    def measure(self, ways: list[Way], repeats: int) -> None:
        """Make the first pass of every way, then the timed ones in turn."""
        for way in ways:
            self._message = f"Encoding with {way.name}"
            rows = self._rows()
            way.begin(rows, self._say, self._on_batch, self._ctx.check)
            self._tell_problems(rows if way is ways[0] else None)
            self._tell_lengths(way, ways[0])
        for number in range(repeats):
            for way in ways:
                self._message = f"Timing {way.name}, {number + 1} of {repeats}"
                way.repeat(self._rows(), self._on_batch, self._ctx.check)

    def _rows(self) -> PendingRows:
        # Opened anew for every pass: decoded pictures would fill the memory.
        return PendingRows(
            self._corpus, self._left_out, self._modality, self._ctx.check, takes_empty=True
        )

    def _say(self, message: str) -> None:
        self._ctx.log(message)
        self._ctx.progress(self._n_done, self._n_total, message)

    def _on_batch(self, n_rows: int) -> None:
        self._n_done += n_rows
        self._ctx.progress(self._n_done, self._n_total, self._message)

    def _tell_lengths(self, way: Way, reference: Way) -> None:
        assert way.encoder is not None
        assert reference.encoder is not None
        length, usual = way.encoder.max_length, reference.encoder.max_length
        if self._modality is Modality.TEXT and length != usual:
            self._ctx.log(
                f"{way.record.name} takes {length or 'all'} tokens of a text and "
                f"{reference.record.name} {usual or 'all'}, so they do not read the same of long "
                "rows.",
                level="warning",
            )

    def _tell_problems(self, rows: PendingRows | None) -> None:
        if rows is not None and rows.n_unreadable:
            told = counted(rows.n_unreadable, "picture")
            self._ctx.log(f"{told} could not be read and were left out.", level="warning")
