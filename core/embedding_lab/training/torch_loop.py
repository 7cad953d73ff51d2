"""The training loop. Heavy: imports torch.

It goes by steps; everything that a step depends on is in the checkpoints, so a run that was cut
short and continued ends, on the processor, with exactly the weights of one that was not.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch

from embedding_lab.backends import resident_bytes
from embedding_lab.encoders.token_budget import is_out_of_memory
from embedding_lab.errors import LabError
from embedding_lab.jobs.cancellation import Cancelled
from embedding_lab.training.batches import BatchStream
from embedding_lab.training.control import Command, ControlReader
from embedding_lab.training.live import ControlReport, NoteReport, StepReport
from embedding_lab.training.schedule import rate_factor
from embedding_lab.training.torch_checkpoint import (
    Position,
    RandomState,
    StateOfTraining,
    is_better,
    read_best,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from embedding_lab.contracts import BatchRows, BatchSampler
    from embedding_lab.jobs.context import JobContext
    from embedding_lab.training.live import LiveFeed
    from embedding_lab.training.settings import TrainingSettings
    from embedding_lab.training.torch_checkpoint import Best
    from embedding_lab.training.torch_step import BatchResult, GradientStep
    from embedding_lab.training.torch_trainee import Trainee

# So long a killed run may have to repeat, however long the steps are.
MOST_SECONDS_LOST = 300.0


@dataclass(frozen=True)
class LoopPlan:
    """What the loop goes by.

    Attributes
    ----------
    settings : TrainingSettings
        All choices.
    sampler : BatchSampler
        Makes the batches.
    batch_rows : BatchRows
        Of these rows.
    data : str
        Digest of what must not change between two attempts.
    validate : callable, optional
        Takes the step and the best checkpoint so far, measures the encoder, and returns the main
        score, of which more is better.
    """

    settings: TrainingSettings
    sampler: BatchSampler
    batch_rows: BatchRows
    data: str
    validate: Callable[[int, Best | None], float] | None = None


@dataclass(frozen=True)
class LoopEnd:
    """How the loop ended: steps done of those planned, and whether a command ended it."""

    step: int
    total: int
    was_stopped: bool


class TrainingLoop:
    """Trains one encoder.

    Parameters
    ----------
    ctx : JobContext
        Cancels, pauses, keeps checkpoints.
    trainee : Trainee
        The encoder.
    gradient : GradientStep
        Its objective.
    plan : LoopPlan
        What to go by.
    feed : LiveFeed
        Takes what is reported.
    """

    def __init__(
        self,
        ctx: JobContext[Any],
        trainee: Trainee,
        gradient: GradientStep,
        plan: LoopPlan,
        feed: LiveFeed,
    ) -> None:
        settings = plan.settings
        self._ctx = ctx
        self._trainee = trainee
        self._gradient = gradient
        self._plan = plan
        self._feed = feed
        self._stream = BatchStream(
            plan.sampler, plan.batch_rows, settings.batch_size, settings.seed
        )
        n_batches = 0 if settings.steps else self._stream.n_in_a_pass()
        self.total = settings.n_steps(len(plan.batch_rows), n_batches)
        weights = trained_weights(trainee, gradient)
        self._weights = list(weights.values())
        self._optimizer = _optimizer(weights, settings)
        self.state = StateOfTraining(weights, self._optimizer)
        self._position = Position(0, plan.data, settings.learning_rate, settings.micro_batch)
        self._control = ControlReader(ctx.folder)
        self._last_checkpoint, self._saved = time.monotonic(), 0
        self._is_stopped = False
        self._speed = _Speed()

    @property
    def step(self) -> int:
        """Steps done."""
        return self._position.step

    def go_to(self, position: Position, state: RandomState) -> None:
        """Stand where an earlier attempt stood; its weights have been taken already."""
        self._position, self._saved = position, position.step
        self._stream.go_to(position.sampler)
        self._control = ControlReader(self._ctx.folder, position.n_orders)
        state.restore()

    def run(self) -> LoopEnd:
        """Train to the end, or until somebody stops it.

        Raises
        ------
        Cancelled
            After a checkpoint of the last whole step.
        LabError
            If the loss is no number any more, or the memory does not suffice for a single row.
        """
        self._trainee.model.train()
        drawn, sampler = RandomState.now(), self._stream.state()
        try:
            while self._goes_on():
                self._one_step(drawn)
                drawn, sampler = RandomState.now(), self._stream.state()
            self._validate_if_due()
        except Cancelled:
            # What was begun since the last whole step is undone by not being saved.
            self._optimizer.zero_grad()
            self._checkpoint(drawn, sampler)
            raise
        return LoopEnd(self.step, self.total, self._is_stopped)

    def _goes_on(self) -> bool:
        """Do what is due between two steps, and return whether there is another."""
        self._validate_if_due()
        self._checkpoint_if_due()
        self._ctx.progress(self.step, self.total, "Training", unit="steps")
        self._obey()
        return self.step < self.total and not self._is_stopped

    # One step

    def _one_step(self, drawn: RandomState) -> None:
        settings, started = self._plan.settings, time.perf_counter()
        batches = [self._stream.take() for _ in range(settings.accumulation)]
        results = self._gradients(batches, drawn)
        loss = sum(result.loss for result in results) / len(results)
        norm = float(torch.nn.utils.clip_grad_norm_(self._weights, settings.clip_norm or math.inf))
        if not (math.isfinite(loss) and math.isfinite(norm)):
            raise self._no_number()
        rate = self._rate()
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._optimizer.step()
        self._optimizer.zero_grad()
        self._position.step += 1
        seconds = time.perf_counter() - started
        self._speed.add(sum(len(batch) for batch in batches), seconds, self._feed)
        self._feed.add(self._report(loss, results, rate, norm))

    def _gradients(self, batches: list[Any], drawn: RandomState) -> list[BatchResult]:
        while True:
            size = self._position.micro_batch or self._plan.settings.batch_size
            try:
                return [
                    self._gradient.add_gradient(batch, size, 1 / len(batches), self._ctx.check)
                    for batch in batches
                ]
            except (MemoryError, RuntimeError) as error:
                self._halve(max(len(batch) for batch in batches), size, error)
            # The same rows once more, with the same dropout.
            self._optimizer.zero_grad()
            drawn.restore()

    def _halve(self, n_rows: int, size: int, error: Exception) -> None:
        """Compute fewer rows at once from now on; raise what went wrong if that cannot help."""
        if not is_out_of_memory(error):
            raise error
        smaller = min(size, n_rows) // 2
        if not (self._gradient.can_split and smaller):
            raise LabError(
                f"The memory does not suffice for a batch of {n_rows:,} rows.",
                hint="Choose a smaller batch or a smaller maximum length, or train an adapter.",
            ) from error
        self._position.micro_batch = smaller
        self._note(
            f"The memory did not suffice for {min(size, n_rows):,} rows at once; going on with "
            f"{smaller:,}, which learns the same and takes longer."
        )

    def _no_number(self) -> LabError:
        self._optimizer.zero_grad()
        return LabError(
            f"The loss or its gradient is no number any more at step {self.step + 1:,}: the "
            "weights would be lost.",
            hint="The last checkpoint is kept. Lower the learning rate, for example with "
            f"`embedding-lab runs set {self._ctx.folder.name} --learning-rate "
            f"{self._position.learning_rate / 10:.1g}`, and continue the run.",
        )

    def _rate(self) -> float:
        settings = self._plan.settings
        factor = rate_factor(settings.schedule, self.step, self.total, settings.warmup)
        return self._position.learning_rate * factor

    def _report(
        self, loss: float, results: list[BatchResult], rate: float, norm: float
    ) -> StepReport:
        accuracies = [result.accuracy for result in results if result.accuracy is not None]
        return StepReport(
            kind="step",
            step=self.step,
            total=self.total,
            loss=loss,
            accuracy=sum(accuracies) / len(accuracies) if accuracies else None,
            learning_rate=rate,
            gradient_norm=norm,
            pairs_per_second=round(self._speed.rows_per_second, 2),
            memory_bytes=self._speed.memory_bytes,
        )

    # Between steps

    def _obey(self) -> None:
        for order in self._control.new_orders():
            if order.command is Command.LEARNING_RATE and order.value is not None:
                self._position.learning_rate = order.value
            self._is_stopped = self._is_stopped or order.command is Command.STOP
            self._feed.add(
                ControlReport(
                    kind="control", step=self.step, command=order.command.value, value=order.value
                )
            )
        self._position.n_orders = self._control.n_read

    def _validate_if_due(self) -> None:
        every = self._plan.settings.validation_interval(self.total)
        is_due = self.step % every == 0 or self.step == self.total or self._is_stopped
        if self._plan.validate is None or not is_due or self._position.validated == self.step:
            return
        drawn, best = RandomState.now(), read_best(self._ctx.folder)
        value = self._plan.validate(self.step, best)
        drawn.restore()
        if is_better(value, self.step, best):
            self.state.keep_best(self._ctx.folder, self.step, value)
        self._position.validated = self.step

    def _checkpoint_if_due(self) -> None:
        every = self._plan.settings.checkpoint_interval(self.total)
        is_late = time.monotonic() - self._last_checkpoint > MOST_SECONDS_LOST
        if self.step != self._saved and (self.step % every == 0 or is_late):
            self._checkpoint(RandomState.now(), self._stream.state())

    def _checkpoint(self, drawn: RandomState, sampler: dict[str, Any]) -> None:
        position = replace(self._position, sampler=sampler)
        self._feed.flush()
        self._ctx.checkpoint(self.step, lambda folder: self.state.save(folder, position, drawn))
        self._last_checkpoint, self._saved = time.monotonic(), self.step

    def _note(self, sentence: str) -> None:
        self._ctx.log(sentence, level="warning")
        self._feed.add(NoteReport(kind="note", step=self.step, sentence=sentence))


class _Speed:
    """Rows a second, of late, and the memory, looked at as often as it is shown."""

    def __init__(self) -> None:
        self.rows_per_second = 0.0
        self.memory_bytes = resident_bytes()

    def add(self, n_rows: int, seconds: float, feed: LiveFeed) -> None:
        now = n_rows / max(seconds, 1e-9)
        self.rows_per_second = (
            0.9 * self.rows_per_second + 0.1 * now if self.rows_per_second else now
        )
        if feed.is_due:
            self.memory_bytes = resident_bytes()


def trained_weights(trainee: Trainee, gradient: GradientStep) -> dict[str, torch.nn.Parameter]:
    """Return all parameters that are trained: those of the encoder, and the objective's own."""
    own = {f"encoder.{name}": weight for name, weight in trainee.model.named_parameters()}
    known = {id(weight) for weight in own.values()}
    others = {
        f"objective.{name}": weight
        for name, weight in gradient.module.named_parameters()
        if id(weight) not in known
    }
    return {name: weight for name, weight in (own | others).items() if weight.requires_grad}


def _optimizer(
    weights: dict[str, torch.nn.Parameter], settings: TrainingSettings
) -> torch.optim.AdamW:
    """Return AdamW; biases and norms are not drawn towards 0."""
    matrices = [weight for weight in weights.values() if weight.dim() > 1]
    others = [weight for weight in weights.values() if weight.dim() <= 1]
    groups = [
        {"params": matrices, "weight_decay": settings.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(
        [group for group in groups if group["params"]], lr=settings.learning_rate, fused=True
    )
