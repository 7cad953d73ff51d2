"""Fine-tuning an encoder, and telling honestly what came of it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from embedding_lab.encoders.store import EncoderStore
from embedding_lab.jobs.job import Job, Lane
from embedding_lab.training.contents import ContentReader
from embedding_lab.training.live import LiveFeed
from embedding_lab.training.model_card import model_card
from embedding_lab.workflows.training_choices import TrainingChoices
from embedding_lab.workflows.training_stages import TrainingStages
from embedding_lab.workspace.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.jobs.context import JobContext
    from embedding_lab.training.torch_trainee import Trainee
    from embedding_lab.workspace.corpus import Corpus


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
        objective, sampler = self.make_objective(), self.make_sampler()
        settings = self.chosen_settings()
        feed = LiveFeed(ctx.folder, ctx.partial)
        try:
            data = self.gather(ctx, corpus, objective)
            for note in data.notes:
                ctx.log(note, level="warning")
            reader = ContentReader(corpus)
            stages = TrainingStages(
                ctx, feed, record, settings, reader, self.teacher, self.negatives
            )
            result, trainee = stages.run(data, objective, sampler)
            feed.begin("saving", result["steps"], result["planned_steps"])
            ctx.progress(0, 0, "Saving…")
            result |= {"seconds": round(time.perf_counter() - started, 1)}
            tuned = self._save(store, ctx, record, trainee, name, result)
        finally:
            feed.close()
        from embedding_lab.training.torch_best import forget_best

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
            "negatives": self.negatives,
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
