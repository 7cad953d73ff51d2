"""The training loop. Heavy: imports torch.

It goes by steps; everything that a step depends on is in the checkpoints, so a run that was cut
short and continued ends, on the processor, with exactly the weights of one that was not.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from embedding_lab.backends import resident_bytes
from embedding_lab.jobs.cancellation import Cancelled
from embedding_lab.training.batches import BatchStream
from embedding_lab.training.control import Command, ControlReader
from embedding_lab.training.live import CheckpointReport, ControlReport, NoteReport, StepReport
from embedding_lab.training.schedule import rate_factor
from embedding_lab.training.torch_best import is_better, keep_best, read_best
from embedding_lab.training.torch_checkpoint import Position, RandomState, StateOfTraining
from embedding_lab.training.torch_update import NoNumberError, Updater

if TYPE_CHECKING:
    from collections.abc import Callable

    from embedding_lab.contracts import BatchRows, BatchSampler
    from embedding_lab.jobs.context import JobContext
    from embedding_lab.training.live import LiveFeed
    from embedding_lab.training.settings import TrainingSettings
    from embedding_lab.training.torch_best import Best
    from embedding_lab.training.torch_step import GradientStep
    from embedding_lab.training.torch_trainee import Trainee
    from embedding_lab.training.torch_update import Update

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
        self._plan = plan
        self._feed = feed
        self._stream = BatchStream(
            plan.sampler, plan.batch_rows, settings.batch_size, settings.seed
        )
        n_batches = 0 if settings.steps else self._stream.n_in_a_pass()
        self.total = settings.n_steps(len(plan.batch_rows), n_batches)
        self._updater = Updater(trainee, gradient, settings, ctx.check, self._note)
        self.state = StateOfTraining(self._updater.weights, self._updater.optimizer)
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
        NoNumberError
            If the loss is no number any more.
        LabError
            If the memory does not suffice for a single row.
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
            self._updater.forget()
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
        started = time.perf_counter()
        batches = [self._stream.take() for _ in range(self._plan.settings.accumulation)]
        rate = self._rate()
        try:
            update = self._updater.step(batches, self._position, rate, drawn)
        except NoNumberError as error:
            raise self._no_number() from error
        self._position.step += 1
        seconds = time.perf_counter() - started
        self._speed.add(sum(len(batch) for batch in batches), seconds, self._feed)
        self._feed.add(self._report(update, rate))

    def _no_number(self) -> NoNumberError:
        return NoNumberError(
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

    def _report(self, update: Update, rate: float) -> StepReport:
        return StepReport(
            kind="step",
            step=self.step,
            total=self.total,
            loss=update.loss,
            accuracy=update.accuracy,
            learning_rate=rate,
            gradient_norm=update.gradient_norm,
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
            keep_best(self._ctx.folder, self._updater.weights, self.step, value)
        self._position.validated = self.step

    def _checkpoint_if_due(self) -> None:
        every = self._plan.settings.checkpoint_interval(self.total)
        is_late = time.monotonic() - self._last_checkpoint > MOST_SECONDS_LOST
        if self.step != self._saved and (self.step % every == 0 or is_late):
            self._checkpoint(RandomState.now(), self._stream.state())

    def _checkpoint(self, drawn: RandomState, sampler: dict[str, Any]) -> None:
        position = replace(self._position, sampler=sampler)
        # Told first: a mark of a checkpoint that was not written whole goes when the run goes on.
        self._feed.add(CheckpointReport(kind="checkpoint", step=self.step))
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
