"""What a training will take: time, memory and disk, before it is begun."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from embedding_lab.backends import MemoryWatch, available_memory_bytes
from embedding_lab.contracts import NegativeMiner
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.jobs.job import Job, Lane
from embedding_lab.training.contents import ContentReader
from embedding_lab.training.settings import BYTES_A_WEIGHT, SPARE_BYTES
from embedding_lab.training.teacher import ask_teacher
from embedding_lab.types import Role, counted
from embedding_lab.workflows.training_choices import TrainingChoices
from embedding_lab.workspace.workspace import Workspace

if TYPE_CHECKING:
    from embedding_lab.contracts import Objective
    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.jobs.context import JobContext
    from embedding_lab.training.data import TrainingData
    from embedding_lab.training.rows import TrainingRows
    from embedding_lab.training.teacher import TeacherVectors
    from embedding_lab.training.torch_step import GradientStep
    from embedding_lab.training.torch_trainee import Trainee

# The first step finds its memory and warms up; the median of the others is told.
STEPS_TRIED = 4
ROWS_ENCODED = 64
# Steps are tried on so many rows; a teacher is asked about no more.
ROWS_TRIED = 512
# AdamW keeps two moments of each weight's gradient.
BYTES_OF_MOMENTS = 8


@dataclass(frozen=True)
class EstimateTraining(TrainingChoices, Job[Workspace]):
    """Try a few steps, throw them away, and tell what the whole training will take.

    The time is the median step times the number of steps, what encoding the validation rows takes
    times the number of validations, and what encoding all rows takes if negatives are mined; the
    memory is the growth of the process while trying. The optimizer makes no step, so its two
    moments are added. Nothing is changed.
    """

    lane: ClassVar[Lane] = Lane.COMPUTE
    is_recorded: ClassVar[bool] = False
    needs_writing: ClassVar[bool] = False

    @property
    def title(self) -> str:
        """What the job does, for the Jobs strip."""
        return f"Estimating the training of {self.encoder}"

    def run(self, ctx: JobContext[Workspace]) -> dict[str, Any]:
        """Measure a few steps and return what the whole will take."""
        corpus = ctx.workspace.corpus(self.corpus)
        record = EncoderStore(ctx.workspace).get(self.encoder)
        objective, settings = self.make_objective(), self.chosen_settings()
        data = self.gather(ctx, corpus, objective)
        tried = _Trial(self, ctx, data, ContentReader(corpus)).run(record, objective)
        n_steps = settings.n_steps(len(data.train))
        n_validations = -(-n_steps // settings.validation_interval(n_steps)) + 1
        n_measured, n_reported = (
            part.n_contents if part else 0 for part in (data.validation, data.held_out)
        )
        n_encoded = n_measured * n_validations + 2 * n_reported
        if not self.negatives and isinstance(self.make_sampler(), NegativeMiner):
            n_encoded += sum(len(np.unique(side)) for side in data.train.sides.T[:2])
        seconds = tried.step_seconds * n_steps + tried.row_seconds * n_encoded
        found = {
            "corpus": corpus.name,
            "encoder": record.name,
            "rows": len(data.train),
            "rows_are": data.train.kind,
            "validation_rows": len(data.validation.rows) if data.validation else 0,
            "held_out_rows": len(data.held_out.rows) if data.held_out else 0,
            "steps": n_steps,
            "step_seconds": round(tried.step_seconds, 4),
            "seconds": round(seconds + tried.teacher_seconds, 1),
            "trained_weights": tried.n_trained,
            "peak_memory_bytes": tried.memory_before + tried.memory,
            "memory_available_bytes": available_memory_bytes(),
            "bytes_on_disk": tried.n_trained * BYTES_A_WEIGHT + SPARE_BYTES,
            "free_bytes": shutil.disk_usage(ctx.workspace.folder).free,
            "notes": list(data.notes),
        }
        problem = _problem(found, tried.memory)
        return found | {"fits": not problem, "sentence": problem or _sentence(found)}


@dataclass(frozen=True)
class _Tried:
    """What the trial told; ``memory`` is what the process grew by, the optimizer's share added."""

    step_seconds: float
    row_seconds: float
    teacher_seconds: float
    n_trained: int
    memory_before: int
    memory: int


@dataclass(frozen=True)
class _Trial:
    """A few steps that are thrown away."""

    choices: TrainingChoices
    ctx: JobContext[Workspace]
    data: TrainingData
    reader: ContentReader

    def run(self, record: EncoderRecord, objective: Objective) -> _Tried:
        """Load the encoder, try some steps, and encode some rows."""
        from embedding_lab.encoders import pool

        pool.load_full_engine(self._say)
        from embedding_lab.training.torch_checkpoint import own_random_numbers
        from embedding_lab.training.torch_step import GradientStep
        from embedding_lab.training.torch_trainee import Trainee

        settings, watch = self.choices.chosen_settings(), MemoryWatch()
        with own_random_numbers(settings.seed):
            trainee = Trainee(record, settings, self.reader, self._say)
            few = self.data.train.take(np.arange(min(len(self.data.train), ROWS_TRIED)))
            teacher, seconds = self._ask(few) if objective.needs_teacher else (None, 0.0)
            trainee.model.train()
            step_seconds = self._steps(GradientStep(trainee, objective, few, teacher), len(few))
            trainee.model.zero_grad()
            row_seconds = self._encode(trainee)
        optimizer = trainee.n_trained * BYTES_OF_MOMENTS
        memory = watch.increase() + optimizer
        return _Tried(step_seconds, row_seconds, seconds, trainee.n_trained, watch.before, memory)

    def _say(self, message: str) -> None:
        self.ctx.progress(0, 0, message)

    def _ask(self, few: TrainingRows) -> tuple[TeacherVectors, float]:
        """Return the teacher's vectors of a few rows, and the seconds that all rows will take."""
        record = EncoderStore(self.ctx.workspace).get(self.choices.teacher)
        started = time.perf_counter()
        found = ask_teacher(self.ctx.folder, record, few, self.reader, self.ctx.progress)
        seconds = time.perf_counter() - started
        return found, seconds * len(self.data.train) / len(few)

    def _steps(self, gradient: GradientStep, n_rows: int) -> float:
        settings = self.choices.chosen_settings()
        rng = np.random.default_rng(settings.seed)
        size = min(settings.batch_size, n_rows)
        seconds = []
        for tried in range(STEPS_TRIED):
            self.ctx.progress(tried, STEPS_TRIED, "Trying a few steps…", unit="steps")
            started = time.perf_counter()
            for _ in range(settings.accumulation):
                batch = rng.choice(n_rows, size, replace=False).astype(np.int64)
                gradient.add_gradient(batch, settings.micro_batch or size, 1.0, self.ctx.check)
            seconds.append(time.perf_counter() - started)
        return float(np.median(seconds[1:]))

    def _encode(self, trainee: Trainee) -> float:
        """Return the seconds that encoding a text or picture takes."""
        rows = self.data.train
        contents = np.unique(rows.positives)[:ROWS_ENCODED]
        started = time.perf_counter()
        trainee.encode(rows, contents, Role.DOCUMENT, self.ctx.check)
        return (time.perf_counter() - started) / len(contents)


def _problem(found: dict[str, Any], needed: int) -> str:
    available = found["memory_available_bytes"]
    if available and needed > available:
        return (
            f"It needs about {needed / 1e9:.1f} GB of memory, but only {available / 1e9:.1f} GB "
            "are free. Choose a smaller micro-batch, or train an adapter."
        )
    if found["bytes_on_disk"] > found["free_bytes"]:
        return (
            f"Its checkpoints need about {found['bytes_on_disk'] / 1e9:.1f} GB, but only "
            f"{found['free_bytes'] / 1e9:.1f} GB are free on the disk. Train an adapter."
        )
    return ""


def _sentence(found: dict[str, Any]) -> str:
    minutes = found["seconds"] / 60
    time_text = f"{found['seconds']:.0f} s" if minutes < 2 else f"{minutes:.0f} minutes"
    return (
        f"About {time_text} for {counted(found['steps'], 'step')}, and "
        f"{found['peak_memory_bytes'] / 1e9:.1f} GB of memory."
    )
