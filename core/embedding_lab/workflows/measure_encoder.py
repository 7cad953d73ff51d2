"""Measuring encoders on the user's own rows: speed, memory, and how well they agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from embedding_lab.encoders.modality import choose_modality
from embedding_lab.encoders.sample_rows import sample_rows
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.encoders.ways import ways_of
from embedding_lab.errors import UsageError
from embedding_lab.jobs.job import Job, Lane
from embedding_lab.workflows.encoding_bench import EncodingBench
from embedding_lab.workspace.workspace import Workspace

if TYPE_CHECKING:
    from embedding_lab.jobs.context import JobContext

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
        bench = EncodingBench(ctx, corpus, sample, modality, len(ways) * (self.repeats + 1))
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
