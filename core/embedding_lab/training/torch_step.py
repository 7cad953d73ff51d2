"""The gradient of one batch, all at once or a few rows at a time. Heavy: imports torch.

References
----------
Gao et al. 2021, "Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup", arXiv
2101.06983: the loss of a batch needs all its vectors, but not all their activations at once.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from embedding_lab.backends import engine_turns
from embedding_lab.errors import EncoderError
from embedding_lab.types import RowForm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from embedding_lab.contracts import Objective, TaughtObjective
    from embedding_lab.training.rows import TrainingRows
    from embedding_lab.training.teacher import TeacherVectors
    from embedding_lab.training.torch_trainee import Trainee

UNLABELLED = {RowForm.PAIRS, RowForm.TRIPLETS}


@dataclass(frozen=True)
class BatchResult:
    """The loss of a batch, and the share of rows whose positive was nearest, if there is one."""

    loss: float
    accuracy: float | None


class GradientStep:
    """Adds the gradient of batches to the weights.

    Parameters
    ----------
    trainee : Trainee
        The encoder.
    objective : Objective
        What is learned.
    rows : TrainingRows
        From which rows.
    teacher : TeacherVectors, optional
        What the objective learns from, if it needs a teacher.

    Raises
    ------
    EncoderError
        If the objective cannot train such an encoder.
    """

    def __init__(
        self,
        trainee: Trainee,
        objective: Objective,
        rows: TrainingRows,
        teacher: TeacherVectors | None = None,
    ) -> None:
        self._trainee = trainee
        self._objective = objective
        self._rows = rows
        self._teacher = teacher
        self.module = _module(objective, trainee)
        self.can_split = hasattr(self.module, "compute_loss_from_embeddings")

    def add_gradient(
        self,
        numbers: NDArray[np.int64],
        micro_batch: int,
        weight: float,
        check: Callable[[], None],
    ) -> BatchResult:
        """Add the gradient of one batch to those that the weights have.

        Parameters
        ----------
        numbers : ndarray of int64, shape (b,)
            Rows of the batch.
        micro_batch : int
            How many rows are computed at once; at least as many as the batch for all. The result
            is the same.
        weight : float
            What the loss is multiplied by: one over the number of batches that are averaged.
        check : callable
            Called between parts; may raise to stop.
        """
        n_sides = self._rows.sides.shape[1]
        columns = [self._trainee.prepared(self._rows, numbers, side) for side in range(n_sides)]
        labels = self._labels(numbers)
        if micro_batch < len(numbers) and self.can_split:
            loss, vectors = self._in_parts(columns, labels, micro_batch, weight, check)
        else:
            loss, vectors = self._at_once(columns, labels, weight)
        return BatchResult(loss, self._accuracy(vectors, numbers))

    def _labels(self, numbers: NDArray[np.int64]) -> torch.Tensor | None:
        device = self._trainee.device
        if self._teacher is not None:
            taught: TaughtObjective = self._objective  # type: ignore[assignment]
            return torch.from_numpy(taught.teach(self._teacher.columns(numbers))).to(device)
        if self._rows.form in UNLABELLED:
            return None
        is_scored = self._rows.form is RowForm.SCORED_PAIRS
        values = self._rows.scores if is_scored else self._rows.labels
        return torch.from_numpy(values[numbers]).to(device)

    def _at_once(
        self, columns: Sequence[list[Any]], labels: torch.Tensor | None, weight: float
    ) -> tuple[float, list[torch.Tensor]]:
        features = [self._trainee.features(column, side) for side, column in enumerate(columns)]
        with engine_turns.turn():
            if self.can_split:
                vectors = [self._embed(column) for column in features]
                loss = self._loss(vectors, labels)
            else:
                with self._trainee.autocast(), _outputs(self._trainee.model) as seen:
                    loss = self.module(features, labels)
                vectors = _columns_of(seen, len(columns), len(columns[0]))
            if not loss.requires_grad:
                raise EncoderError(
                    "All weights that the vectors depend on are frozen; nothing can be learned.",
                    hint="Freeze fewer layers.",
                )
            (loss * weight).backward()
        return float(loss.detach()), [side.detach() for side in vectors]

    def _in_parts(
        self,
        columns: Sequence[list[Any]],
        labels: torch.Tensor | None,
        micro_batch: int,
        weight: float,
        check: Callable[[], None],
    ) -> tuple[float, list[torch.Tensor]]:
        """Embed without a graph, take the loss's gradient by the vectors, embed with one."""
        parts = [
            (side, column[start : start + micro_batch])
            for side, column in enumerate(columns)
            for start in range(0, len(column), micro_batch)
        ]
        states, made = [], []
        for side, part in parts:
            check()
            states.append(_random_state(self._trainee.device))
            with engine_turns.turn(), torch.no_grad():
                made.append((side, self._embed(self._trainee.features(part, side))))
        vectors = [
            torch.cat([vector for owner, vector in made if owner == side]).requires_grad_()
            for side in range(len(columns))
        ]
        loss = self._loss(vectors, labels)
        (loss * weight).backward()
        after = _random_state(self._trainee.device)
        places = [0] * len(columns)
        for (side, part), state in zip(parts, states, strict=True):
            check()
            gradient = vectors[side].grad
            assert gradient is not None
            wanted = gradient[places[side] : places[side] + len(part)]
            places[side] += len(part)
            # Dropout leaves out the same numbers as the first time.
            _set_random_state(state, self._trainee.device)
            with engine_turns.turn():
                self._embed(self._trainee.features(part, side)).backward(wanted)
        _set_random_state(after, self._trainee.device)
        return float(loss.detach()), [side.detach() for side in vectors]

    def _loss(self, vectors: list[torch.Tensor], labels: torch.Tensor | None) -> torch.Tensor:
        # Losses that draw vectors to vectors take those of the teacher column by column.
        targets: Any = labels
        if labels is not None and labels.dim() == 3:
            targets = list(labels.unbind(dim=1))
        loss: torch.Tensor = self.module.compute_loss_from_embeddings(vectors, targets)
        return loss

    def _embed(self, features: dict[str, Any]) -> torch.Tensor:
        with self._trainee.autocast():
            vectors: torch.Tensor = self._trainee.model(features)["sentence_embedding"]
        return vectors.float()

    def _accuracy(
        self, vectors: Sequence[torch.Tensor], numbers: NDArray[np.int64]
    ) -> float | None:
        if self._rows.form is RowForm.SCORED_PAIRS or not vectors or len(numbers) < 2:
            return None
        unit = [torch.nn.functional.normalize(side.float(), dim=1) for side in vectors]
        if self._rows.form is RowForm.LABELLED:
            labels = torch.from_numpy(self._rows.labels[numbers]).to(unit[0].device)
            cosines = unit[0] @ unit[0].T
            cosines.fill_diagonal_(-2)
            return float((labels[cosines.argmax(dim=1)] == labels).float().mean())
        identities = self._rows.identities[self._rows.sides[numbers, 1:]]
        nearest = (unit[0] @ torch.cat(unit[1:]).T).argmax(dim=1).cpu().numpy()
        # The same text in another row is as right as the row's own.
        return float(np.mean(identities.T.ravel()[nearest] == identities[:, 0]))


def _module(objective: Objective, trainee: Trainee) -> Any:
    try:
        return objective.module(trainee.model)
    except ValueError as error:
        raise EncoderError(
            f"The objective cannot train the encoder {trainee.record.name}: {error}",
            hint="InfoNCE trains every encoder, in parts too if it is given a micro-batch.",
        ) from error


@contextmanager
def _outputs(model: Any) -> Iterator[list[torch.Tensor]]:
    """Collect the vectors that a model makes within a ``with`` block."""
    seen: list[torch.Tensor] = []
    hook = model.register_forward_hook(
        lambda _module, _inputs, output: seen.append(output["sentence_embedding"].detach())
    )
    try:
        yield seen
    finally:
        hook.remove()


def _columns_of(seen: list[torch.Tensor], n_columns: int, n_rows: int) -> list[torch.Tensor]:
    """Return the first vectors a loss asked for, column by column; none if they do not fit.

    Losses embed the columns in order, some in pieces and some several at once.
    """
    if not seen or len({vectors.shape[1] for vectors in seen[:n_columns]}) > 1:
        return []
    same = [vectors for vectors in seen if vectors.shape[1] == seen[0].shape[1]]
    found = torch.cat(same)[: n_columns * n_rows]
    return list(found.split(n_rows)) if len(found) == n_columns * n_rows else []


def _random_state(device: torch.device) -> list[torch.Tensor]:
    states = [torch.get_rng_state()]
    return [*states, torch.cuda.get_rng_state(device)] if device.type == "cuda" else states


def _set_random_state(states: list[torch.Tensor], device: torch.device) -> None:
    torch.set_rng_state(states[0])
    if device.type == "cuda":
        torch.cuda.set_rng_state(states[1], device)
