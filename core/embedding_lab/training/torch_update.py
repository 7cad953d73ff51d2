"""One step: the gradient of its batches, and the weights moved by it. Heavy: imports torch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from embedding_lab.encoders.token_budget import is_out_of_memory
from embedding_lab.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from embedding_lab.training.settings import TrainingSettings
    from embedding_lab.training.torch_checkpoint import Position, RandomState
    from embedding_lab.training.torch_step import BatchResult, GradientStep
    from embedding_lab.training.torch_trainee import Trainee


@dataclass(frozen=True)
class Update:
    """What a step came to: means over its batches, and the norm of the gradient before cutting."""

    loss: float
    accuracy: float | None
    gradient_norm: float


class NoNumberError(LabError):
    """The loss or its gradient is infinite or no number; the weights have been left alone."""


class Updater:
    """Moves the weights, step by step.

    Parameters
    ----------
    trainee : Trainee
        The encoder.
    gradient : GradientStep
        Its objective.
    settings : TrainingSettings
        All choices.
    check : callable
        Called between parts of a batch; may raise to stop.
    note : callable
        Takes a sentence that the user should read.
    """

    def __init__(
        self,
        trainee: Trainee,
        gradient: GradientStep,
        settings: TrainingSettings,
        check: Callable[[], None],
        note: Callable[[str], None],
    ) -> None:
        self._gradient = gradient
        self._settings = settings
        self._check = check
        self._note = note
        self.weights = _trained_weights(trainee, gradient)
        self.optimizer = _optimizer(self.weights, settings)

    def step(
        self,
        batches: Sequence[NDArray[np.int64]],
        position: Position,
        rate: float,
        drawn: RandomState,
    ) -> Update:
        """Move the weights by the mean gradient of some batches.

        Parameters
        ----------
        batches : sequence of ndarray of int64
            Their rows.
        position : Position
            Where the run stands; its micro-batch is halved where the memory does not suffice.
        rate : float
            The learning rate of this step.
        drawn : RandomState
            The random numbers as they were before the batches.

        Raises
        ------
        NoNumberError
            If the weights would be lost.
        LabError
            If the memory does not suffice for a single row.
        """
        results = self._gradients(batches, position, drawn)
        loss = sum(result.loss for result in results) / len(results)
        longest = self._settings.clip_norm or math.inf
        norm = float(torch.nn.utils.clip_grad_norm_(list(self.weights.values()), longest))
        if not (math.isfinite(loss) and math.isfinite(norm)):
            self.forget()
            raise NoNumberError("The loss or its gradient is no number any more.")
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        self.forget()
        accuracies = [result.accuracy for result in results if result.accuracy is not None]
        return Update(loss, sum(accuracies) / len(accuracies) if accuracies else None, norm)

    def forget(self) -> None:
        """Forget the gradient of a step that is done, or was not finished."""
        self.optimizer.zero_grad()

    def _gradients(
        self, batches: Sequence[NDArray[np.int64]], position: Position, drawn: RandomState
    ) -> list[BatchResult]:
        while True:
            size = position.micro_batch or self._settings.batch_size
            try:
                return [
                    self._gradient.add_gradient(batch, size, 1 / len(batches), self._check)
                    for batch in batches
                ]
            except (MemoryError, RuntimeError) as error:
                if not is_out_of_memory(error):
                    raise
                n_rows = max(len(batch) for batch in batches)
                position.micro_batch = self._smaller(n_rows, size, error)
            # The same rows once more, with the same dropout.
            self.forget()
            drawn.restore()

    def _smaller(self, n_rows: int, size: int, error: Exception) -> int:
        """Return how many rows to compute at once from now on."""
        smaller = min(size, n_rows) // 2
        if not (self._gradient.can_split and smaller):
            raise LabError(
                f"The memory does not suffice for a batch of {n_rows:,} rows.",
                hint="Choose a smaller batch or a smaller maximum length, or train an adapter.",
            ) from error
        self._note(
            f"The memory did not suffice for {min(size, n_rows):,} rows at once; going on with "
            f"{smaller:,}, which learns the same and takes longer."
        )
        return smaller


def _trained_weights(trainee: Trainee, gradient: GradientStep) -> dict[str, torch.nn.Parameter]:
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
