"""Measuring encoders on the user's own rows: speed, memory, and how well they agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from embedding_lab.encoders.modality import choose_modality
from embedding_lab.encoders.pending_rows import PendingRows
from embedding_lab.encoders.sample_rows import RowSample, sample_rows
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.encoders.ways import Way, ways_of
from embedding_lab.errors import UsageError
from embedding_lab.jobs.job import Job, Lane
from embedding_lab.types import Modality, counted
from embedding_lab.workspace.workspace import Workspace

if TYPE_CHECKING:
    from embedding_lab.jobs.context import JobContext
    from embedding_lab.workspace.corpus import Corpus

DEFAULT_ROWS = 200
DEFAULT_REPEATS = 3


@dataclass(frozen=True)
class MeasureEncoder(Job[Workspace]):
    """Measure every way an encoder can run here, and further encoders, against its first way.

    The same rows of the corpus are taken every time, the longest and the empty one among them.
    Every way encodes them all once; that pass is compared but not timed. Then all ways take
    turns, so that a busy machine slows them alike.

    Attributes
    ----------
    corpus, encoder : str
        Names or ids. The encoder in full precision is what all others are compared with.
    against : tuple of str
        Further encoders, such as a smaller file of the same model.
    n_rows : int
        How many rows to encode.
    repeats : int
        How many timed passes; medians are returned.
    modality : str
        What to encode of a row: ``text``, ``image``, or ``image+text``; the most natural without.
    """

    corpus: str
    encoder: str = "starter"
    against: tuple[str, ...] = ()
    n_rows: int = DEFAULT_ROWS
    repeats: int = DEFAULT_REPEATS
    modality: str = ""
    lane: ClassVar[Lane] = Lane.COMPUTE
    needs_writing: ClassVar[bool] = False

    @property
    def title(self) -> str:
        """What the job does, for the Jobs strip."""
        return f"Measuring {self.encoder}"

    def run(self, ctx: JobContext[Workspace]) -> dict[str, Any]:
        """Encode the sample in every way, again and again, and return the figures."""
        if self.n_rows < 1 or self.repeats < 1:
            raise UsageError("Measuring needs at least one row and one repeat.")
        corpus = ctx.workspace.corpus(self.corpus)
        store = EncoderStore(ctx.workspace)
        first = store.get(self.encoder)
        modality = choose_modality(corpus, first, self.modality)
        ways = ways_of(first, modality)
        for name in dict.fromkeys(self.against):
            record = store.get(name)
            if record.id != first.id:
                choose_modality(corpus, record, modality.value)
                ways += ways_of(record, modality)
        ctx.progress(0, 0, "Choosing rows…")
        sample = sample_rows(corpus, self.n_rows, modality)
        if len(sample.rows) == 0:
            raise UsageError(
                f"The corpus {corpus.name} has no rows to measure on.", hint="Import some first."
            )
        bench = _Bench(ctx, corpus, sample, modality, len(ways) * (self.repeats + 1))
        bench.measure(ways, self.repeats)
        assert ways[0].first is not None
        return {
            "corpus": corpus.name,
            "encoder": first.name,
            "modality": modality.value,
            "rows": len(ways[0].first.rows),
            "longest_row": sample.longest,
            "empty_row": sample.empty,
            "repeats": self.repeats,
            "ways": [way.figures(ways[0]) for way in ways],
        }


class _Bench:
    """Runs passes over the same rows and reports how far they have come."""

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
