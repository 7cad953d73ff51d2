"""Fine-tuning an encoder, and telling honestly what came of it."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from embedding_lab.contracts import NegativeMiner
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.errors import UsageError, did_you_mean
from embedding_lab.jobs.job import Job, Lane
from embedding_lab.registry.registry import Registry
from embedding_lab.search.filters import rows_that_fit
from embedding_lab.training.contents import ContentReader
from embedding_lab.training.data import gather
from embedding_lab.training.live import LiveFeed
from embedding_lab.training.model_card import model_card
from embedding_lab.training.read_rows import RowChoice
from embedding_lab.training.settings import TrainingSettings
from embedding_lab.workspace.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from embedding_lab.contracts import Objective
    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.jobs.context import JobContext
    from embedding_lab.registry.card import Card
    from embedding_lab.training.data import TrainingData
    from embedding_lab.training.torch_trainee import Trainee
    from embedding_lab.workspace.corpus import Corpus

OBJECTIVES, SAMPLERS = "objectives", "batch_samplers"


@dataclass(frozen=True)
class TrainingChoices:
    """What is trained, with which rows and how.

    Attributes
    ----------
    corpus, encoder : str
        Names or ids: what is trained with, and what is trained.
    objective, sampler : str
        Ids of methods of the families ``objectives`` and ``batch_samplers``.
    objective_values, sampler_values : dict
        Parameters of the two that are not at their defaults.
    settings : dict
        Values of :class:`~embedding_lab.training.settings.TrainingSettings` that are not the
        defaults: ``steps``, ``batch_size``, ``learning_rate``, ``adapter``...
    name : str
        What the tuned encoder is called; made from encoder and corpus without one.
    teacher : str
        The encoder that is learned from, for objectives that need one.
    source, split : str
        Where pairs come from, and which judgements; the most natural ones without.
    filter : str
        A condition that rows must satisfy.
    rows : tuple of int
        Only these corpus rows, such as a named selection; all without.
    limit : int
        How many rows at most, drawn at random; 0 for all.
    """

    corpus: str
    encoder: str = "starter"
    objective: str = "info_nce"
    objective_values: dict[str, Any] = field(default_factory=dict)
    sampler: str = "random_batches"
    sampler_values: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    name: str = ""
    teacher: str = ""
    source: str = ""
    split: str = ""
    filter: str = ""
    rows: tuple[int, ...] = ()
    limit: int = 0

    def cards(self) -> tuple[Card, Card]:
        """Return the cards of objective and sampler, their values checked.

        Raises
        ------
        UsageError
            If there is no such method, or a value is not allowed.
        """
        found = []
        for name, family, values in (
            (self.objective, OBJECTIVES, self.objective_values),
            (self.sampler, SAMPLERS, self.sampler_values),
        ):
            card = Registry().get(name)
            if card.family != family:
                known = [other.id for other in Registry().list(family)]
                raise UsageError(
                    f"{card.title} is none of the {family.replace('_', ' ')}.",
                    hint=did_you_mean(name, known, "Those are"),
                )
            card.values(**values)
            found.append(card)
        return found[0], found[1]

    def chosen_settings(self) -> TrainingSettings:
        """Return all settings, checked."""
        return TrainingSettings.chosen(self.settings)

    def gather(
        self, ctx: JobContext[Workspace], corpus: Corpus, objective: Objective
    ) -> TrainingData:
        """Read the rows, and hold some out."""

        def check(n_read: int) -> None:
            ctx.progress(n_read, corpus.n_rows, "Reading rows…")

        check(0)
        settings = self.chosen_settings()
        choice = RowChoice(self.source, self.split, self.limit, settings.seed)
        return gather(corpus, objective.form, choice, settings, self._allowed(corpus), check)

    def _allowed(self, corpus: Corpus) -> NDArray[np.bool_] | None:
        if not self.filter and not self.rows:
            return None
        allowed = np.array(rows_that_fit(corpus, self.filter))
        if self.rows:
            chosen = np.zeros(len(allowed), dtype=np.bool_)
            chosen[np.array(self.rows, dtype=np.int64)] = True
            allowed &= chosen
        return allowed


@dataclass(frozen=True)
class TrainEncoder(TrainingChoices, Job[Workspace]):
    """Fine-tune an encoder on a corpus and save it beside its base.

    Some rows are held out from training. A few of them are measured again and again meanwhile, and
    the weights that did best there are kept; the rest is looked at once, by the report, which
    compares the tuned encoder with its base.
    """

    lane: ClassVar[Lane] = Lane.COMPUTE

    @property
    def title(self) -> str:
        """What the job does, for the Jobs strip."""
        return f"Training {self.encoder} on {self.corpus}"

    def run(self, ctx: JobContext[Workspace]) -> dict[str, Any]:
        """Read, mine, train, report, save; return the report."""
        started = time.perf_counter()
        ctx.workspace.require_writable()
        corpus, store = ctx.workspace.corpus(self.corpus), EncoderStore(ctx.workspace)
        record, name = store.get(self.encoder), self._tuned_name(store, corpus, ctx.folder.name)
        cards, settings = self.cards(), self.chosen_settings()
        objective = cards[0].create(**self.objective_values)
        if objective.needs_teacher and not self.teacher:
            raise UsageError(
                f"{cards[0].title} learns from another encoder.", hint="Name it as the teacher."
            )
        feed = LiveFeed(ctx.folder, ctx.partial)
        try:
            data = self.gather(ctx, corpus, objective)
            for note in data.notes:
                ctx.log(note, level="warning")
            reader = ContentReader(corpus)
            trained = _Training(self, ctx, feed, record, settings)
            result, trainee = trained.run(data, objective, cards[1], reader)
            feed.begin("saving", result["steps"], result["planned_steps"])
            ctx.progress(0, 0, "Saving…")
            result |= {"seconds": round(time.perf_counter() - started, 1)}
            tuned = self._save(store, ctx, record, trainee, name, result)
        finally:
            feed.close()
        from embedding_lab.training.torch_checkpoint import forget_best

        forget_best(ctx.folder)
        ctx.forget_checkpoints()
        return {
            "run": ctx.folder.name,
            "encoder": tuned.name,
            "encoder_id": tuned.id,
            "base_encoder": record.name,
            "corpus": corpus.name,
            "objective": self.objective,
            "sampler": self.sampler,
            **result,
        }

    def _tuned_name(self, store: EncoderStore, corpus: Corpus, run_id: str) -> str:
        """Return the name of the tuned encoder, which nobody else must have."""
        taken = {record.name: record for record in store.list()}
        if self.name:
            own = taken.get(self.name)
            # Saved by this very run, whose end a crash kept from being recorded.
            if own is None or run_id not in own.origin:
                store.require_unused(self.name)
            return self.name
        wanted = name = f"{self.encoder} on {corpus.name}"
        number = 2
        while name in taken and run_id not in taken[name].origin:
            name, number = f"{wanted} {number}", number + 1
        return name

    def _save(
        self,
        store: EncoderStore,
        ctx: JobContext[Workspace],
        base: EncoderRecord,
        trainee: Trainee,
        name: str,
        result: dict[str, Any],
    ) -> EncoderRecord:
        known = {record.name: record for record in store.list()}
        if name in known:
            return known[name]
        card = model_card(name, base, self._inputs(), result)

        def write(folder: Path) -> None:
            trainee.save(folder)
            (folder / "README.md").write_text(card, encoding="utf-8")

        origin = f"trained here from {base.name} (run {ctx.folder.name})"
        return store.make(name, write, base, origin=origin)

    def _inputs(self) -> dict[str, Any]:
        settings = self.chosen_settings()
        shown = {
            "corpus": self.corpus,
            "base encoder": self.encoder,
            "objective": _with_values(self.objective, self.objective_values),
            "batch sampler": _with_values(self.sampler, self.sampler_values),
            "teacher": self.teacher,
            "pairs from": self.source,
            "judgements": self.split,
            "filter": self.filter,
            "rows at most": self.limit or "",
        }
        values = {key.replace("_", " "): value for key, value in vars(settings).items()}
        return {key: value for key, value in (shown | values).items() if value != ""}


def _with_values(name: str, values: dict[str, Any]) -> str:
    inner = ", ".join(f"{key} = {value}" for key, value in values.items())
    return f"{name} ({inner})" if inner else name


@dataclass(frozen=True)
class _Training:
    """The heavy middle of a job: everything that needs the full engine."""

    job: TrainEncoder
    ctx: JobContext[Workspace]
    feed: LiveFeed
    record: EncoderRecord
    settings: TrainingSettings

    def run(
        self, data: TrainingData, objective: Objective, sampler_card: Card, reader: ContentReader
    ) -> tuple[dict[str, Any], Trainee]:
        """Train and report."""
        from embedding_lab.encoders import pool

        sampler = sampler_card.create(**self.job.sampler_values)
        pool.load_full_engine(self._say)
        from embedding_lab.training.torch_checkpoint import own_random_numbers
        from embedding_lab.training.torch_run import Method, TrainingRun
        from embedding_lab.training.torch_trainee import Trainee

        # An adapter begins with random numbers too.
        with own_random_numbers(self.settings.seed):
            trainee = Trainee(self.record, self.settings, reader, self._say)
            run = TrainingRun(self.ctx, trainee, data, self.settings, self.feed)
            batch_rows = data.train.batch_rows(self._clusters(data, sampler, trainee))
            digest = self._digest(data, batch_rows.clusters)
            end = run.train(Method(objective, sampler, batch_rows, digest, self._teacher()))
            return run.report(end, reader), trainee

    def _say(self, message: str) -> None:
        self.ctx.log(message)
        self.ctx.progress(0, 0, message)

    def _clusters(
        self, data: TrainingData, sampler: Any, trainee: Trainee
    ) -> tuple[NDArray[np.int64], ...]:
        """Return clusters of hard negatives, mined with the base encoder, if the sampler asks."""
        if not isinstance(sampler, NegativeMiner):
            return ()
        from embedding_lab.training.mined import load_clusters, save_clusters

        found = load_clusters(self.ctx.folder) if self.ctx.is_continued else None
        if found is not None:
            return found
        from embedding_lab.types import Role

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

    def _digest(self, data: TrainingData, clusters: Any) -> str:
        parts = [data.train.digest(), self.record.fingerprint]
        parts += [part.rows.digest() if part else "" for part in (data.validation, data.held_out)]
        parts += [sha256(np.ascontiguousarray(rows).tobytes()).hexdigest() for rows in clusters]
        return sha256(json.dumps(parts).encode()).hexdigest()

    def _teacher(self) -> Any:
        if not self.job.teacher:
            return None
        from dataclasses import replace

        from embedding_lab.encoders import pool
        from embedding_lab.types import Engine

        record = EncoderStore(self.ctx.workspace).get(self.job.teacher)
        teacher: Any = pool.load_alone(replace(record, engine=Engine.TORCH.value), self._say)
        return teacher.model
