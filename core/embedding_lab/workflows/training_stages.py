"""The heavy middle of a training: everything that needs the full engine."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.contracts import NegativeMiner
from embedding_lab.encoders import pool
from embedding_lab.encoders.fingerprint import fingerprint
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.errors import UsageError
from embedding_lab.training.mined import load_clusters, save_clusters
from embedding_lab.training.teacher import TeacherVectors, ask_teacher
from embedding_lab.types import Role
from embedding_lab.workspace.negatives_store import NegativesStore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from embedding_lab.contracts import BatchRows, BatchSampler, Objective
    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.jobs.context import JobContext
    from embedding_lab.training.contents import ContentReader
    from embedding_lab.training.data import TrainingData
    from embedding_lab.training.live import LiveFeed
    from embedding_lab.training.settings import TrainingSettings
    from embedding_lab.training.torch_trainee import Trainee
    from embedding_lab.workspace.workspace import Workspace


@dataclass(frozen=True)
class TrainingStages:
    """Mining, training and reporting, one after the other.

    Attributes
    ----------
    ctx : JobContext
        The job's.
    feed : LiveFeed
        Takes what is reported.
    record : EncoderRecord
        The base encoder.
    settings : TrainingSettings
        All choices.
    reader : ContentReader
        Opens pictures.
    teacher, negatives : str
        The encoder that is learned from, and a table of mined negatives; empty for none.
    """

    ctx: JobContext[Workspace]
    feed: LiveFeed
    record: EncoderRecord
    settings: TrainingSettings
    reader: ContentReader
    teacher: str = ""
    negatives: str = ""

    def run(
        self, data: TrainingData, objective: Objective, sampler: Any
    ) -> tuple[dict[str, Any], Trainee]:
        """Return the report, and the encoder with its best weights.

        Parameters
        ----------
        data : TrainingData
            Rows to train with and to measure on.
        objective : Objective
            What is learned.
        sampler : BatchSampler
            From which batches; one that mines is given vectors of the base encoder first, unless
            negatives are named.
        """
        clusters = self._known_clusters(data, sampler)
        if clusters is not None:
            self._require_batches(data.train.batch_rows(clusters), sampler)
        pool.load_full_engine(self._say)
        from embedding_lab.training.torch_checkpoint import own_random_numbers
        from embedding_lab.training.torch_run import Method, TrainingRun
        from embedding_lab.training.torch_trainee import Trainee

        # An adapter begins with random numbers too.
        with own_random_numbers(self.settings.seed):
            trainee = Trainee(self.record, self.settings, self.reader, self._say)
            run = TrainingRun(self.ctx, trainee, data, self.settings, self.feed)
            if clusters is None:
                clusters = self._mine(data, sampler, trainee)
            batch_rows = data.train.batch_rows(clusters)
            digest = self._digest(data, batch_rows.clusters)
            taught = self._ask(data) if objective.needs_teacher else None
            end = run.train(Method(objective, sampler, batch_rows, digest, taught))
            return run.report(end, self.reader), trainee

    def _say(self, message: str) -> None:
        self.ctx.log(message)
        self.ctx.progress(0, 0, message)

    def _known_clusters(
        self, data: TrainingData, sampler: Any
    ) -> Sequence[NDArray[np.int64]] | None:
        """Return the clusters of hard negatives there are; ``None`` if they are to be mined."""
        if not isinstance(sampler, NegativeMiner):
            return ()
        if self.negatives:
            return self._mined_before(data)
        return load_clusters(self.ctx.folder) if self.ctx.is_continued else None

    def _require_batches(self, rows: BatchRows, sampler: BatchSampler) -> None:
        """Raise what keeps a sampler from making batches, before the engine is loaded."""
        rng = np.random.default_rng(self.settings.seed)
        next(iter(sampler.batches(rows, self.settings.batch_size, rng)), None)

    def _mine(
        self, data: TrainingData, sampler: NegativeMiner, trainee: Trainee
    ) -> Sequence[NDArray[np.int64]]:
        """Return clusters mined with the base encoder."""
        self.feed.begin("mining")
        self.ctx.progress(0, 0, "Encoding rows to mine hard negatives…")
        rows = data.train
        sides = []
        for numbers, role in ((rows.anchors, Role.QUERY), (rows.positives, Role.DOCUMENT)):
            contents, places = np.unique(numbers, return_inverse=True)
            sides.append(trainee.encode(rows, contents, role, self.ctx.check)[places])

        def check(n_done: int) -> None:
            self.ctx.progress(n_done, len(rows), "Mining hard negatives…")

        mined = sampler.mine(sides[0], sides[1], rows.batch_rows(), check)
        for note in mined.notes:
            self.ctx.log(note, level="warning")
        save_clusters(self.ctx.folder, mined.clusters)
        return mined.clusters

    def _mined_before(self, data: TrainingData) -> Sequence[NDArray[np.int64]]:
        """Return the clusters of the chosen table that lie in the rows to train with."""
        table = NegativesStore(self.ctx.workspace).get(self.negatives)
        table.require_current(data.digest)
        meta = table.meta
        if meta.anchor_fingerprint != fingerprint(self.record, prompt=meta.anchor_prompt):
            self.ctx.log(
                f"The negatives {meta.name} were mined with {meta.encoder}, not with the encoder "
                "that is trained.",
                level="warning",
            )
        found = table.clusters_within(data.numbers)
        if not found:
            raise UsageError(
                f"No cluster of the negatives {meta.name} lies in the rows to train with.",
                hint="Hold fewer rows out, or mine more.",
            )
        return found

    def _ask(self, data: TrainingData) -> TeacherVectors:
        record = EncoderStore(self.ctx.workspace).get(self.teacher)
        self.feed.begin("teacher")
        return ask_teacher(self.ctx.folder, record, data.train, self.reader, self.ctx.progress)

    def _digest(self, data: TrainingData, clusters: Sequence[NDArray[np.int64]]) -> str:
        """Return a digest of all that must be the same when the run is continued."""
        parts = [data.train.digest(), self.record.fingerprint]
        if self.teacher:
            parts.append(EncoderStore(self.ctx.workspace).get(self.teacher).fingerprint)
        parts += [part.rows.digest() if part else "" for part in (data.validation, data.held_out)]
        parts += [sha256(np.ascontiguousarray(rows).tobytes()).hexdigest() for rows in clusters]
        return sha256(json.dumps(parts).encode()).hexdigest()
