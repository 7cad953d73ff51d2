"""What a training will take: time, memory and disk, before it is begun."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from embedding_lab.backends import MemoryWatch, available_memory_bytes
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.jobs.job import Job, Lane
from embedding_lab.training.contents import ContentReader
from embedding_lab.types import Role, counted
from embedding_lab.workflows.training_choices import TrainingChoices
from embedding_lab.workflows.training_stages import load_teacher
from embedding_lab.workspace.workspace import Workspace

if TYPE_CHECKING:
    from embedding_lab.jobs.context import JobContext
    from embedding_lab.training.data import TrainingData
    from embedding_lab.training.torch_trainee import Trainee

# The first step finds its memory and warms up; the median of the others is told.
STEPS_TRIED = 4
ROWS_ENCODED = 64
# AdamW keeps two moments beside each weight and its gradient.
BYTES_A_TRAINED_WEIGHT = 12


@dataclass(frozen=True)
class EstimateTraining(TrainingChoices, Job[Workspace]):
    """Try a few steps, throw them away, and tell what the whole training will take.

    The time is the median step times the number of steps, and what encoding the validation rows
    takes times the number of validations; the memory is the growth of the process while trying. The
    optimizer makes no step, so its two moments are added. Nothing is changed.
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
        from embedding_lab.encoders import pool

        corpus = ctx.workspace.corpus(self.corpus)
        record = EncoderStore(ctx.workspace).get(self.encoder)
        objective, settings = self.make_objective(), self.chosen_settings()
        data = self.gather(ctx, corpus, objective)

        def say(message: str) -> None:
            ctx.progress(0, 0, message)

        pool.load_full_engine(say)
        from embedding_lab.training.torch_checkpoint import own_random_numbers
        from embedding_lab.training.torch_run import BYTES_A_WEIGHT
        from embedding_lab.training.torch_step import GradientStep
        from embedding_lab.training.torch_trainee import Trainee

        watch = MemoryWatch()
        with own_random_numbers(settings.seed):
            trainee = Trainee(record, settings, ContentReader(corpus), say)
            teacher = load_teacher(ctx.workspace, self.teacher, say)
            gradient = GradientStep(trainee, objective, data.train, teacher)
            step_seconds = _try_steps(ctx, gradient, trainee, data, settings.seed, self)
            row_seconds = _try_encoding(ctx, trainee, data)
        n_steps = settings.n_steps(len(data.train))
        n_validations = -(-n_steps // settings.validation_interval(n_steps)) + 1
        n_measured, n_reported = (
            part.n_contents if part else 0 for part in (data.validation, data.held_out)
        )
        encode_seconds = row_seconds * (n_measured * n_validations + 2 * n_reported)
        memory = watch.increase() + trainee.n_trained * (BYTES_A_TRAINED_WEIGHT - 4)
        disk = trainee.n_trained * BYTES_A_WEIGHT
        found = {
            "corpus": corpus.name,
            "encoder": record.name,
            "rows": len(data.train),
            "validation_rows": len(data.validation.rows) if data.validation else 0,
            "held_out_rows": len(data.held_out.rows) if data.held_out else 0,
            "steps": n_steps,
            "step_seconds": round(step_seconds, 4),
            "seconds": round(step_seconds * n_steps + encode_seconds, 1),
            "trained_weights": trainee.n_trained,
            "peak_memory_bytes": watch.before + memory,
            "memory_available_bytes": available_memory_bytes(),
            "bytes_on_disk": disk,
            "free_bytes": shutil.disk_usage(ctx.workspace.folder).free,
            "notes": list(data.notes),
        }
        problem = _problem(found, memory)
        return found | {"fits": not problem, "sentence": problem or _sentence(found)}


def _try_steps(
    ctx: JobContext[Workspace],
    gradient: Any,
    trainee: Trainee,
    data: TrainingData,
    seed: int,
    choices: TrainingChoices,
) -> float:
    settings, rng = choices.chosen_settings(), np.random.default_rng(seed)
    trainee.model.train()
    size = min(settings.batch_size, len(data.train))
    seconds = []
    for tried in range(STEPS_TRIED):
        ctx.progress(tried, STEPS_TRIED, "Trying a few steps…", unit="steps")
        started = time.perf_counter()
        for _ in range(settings.accumulation):
            batch = rng.choice(len(data.train), size, replace=False)
            gradient.add_gradient(
                batch.astype(np.int64), settings.micro_batch or size, 1.0, ctx.check
            )
        seconds.append(time.perf_counter() - started)
    trainee.model.zero_grad()
    return float(np.median(seconds[1:]))


def _try_encoding(ctx: JobContext[Workspace], trainee: Trainee, data: TrainingData) -> float:
    contents = np.unique(data.train.positives)[:ROWS_ENCODED]
    started = time.perf_counter()
    trainee.encode(data.train, contents, Role.DOCUMENT, ctx.check)
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
