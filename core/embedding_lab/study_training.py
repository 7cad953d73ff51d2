"""The part of the Python door that trains encoders."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from embedding_lab.jobs.job import Job
    from embedding_lab.jobs.record import RunRecord
    from embedding_lab.workspace.workspace import Workspace


class TrainingStudy(ABC):
    """Methods of :class:`~embedding_lab.study.Study` about training."""

    workspace: Workspace

    @abstractmethod
    def run(self, job: Job[Workspace]) -> dict[str, Any]:
        """Run a job and return its result."""

    def train(
        self, corpus: str, encoder: str = "starter", objective: str = "info_nce", **choices: Any
    ) -> dict[str, Any]:
        """Fine-tune an encoder on a corpus and compare it with its base on held-out rows.

        ``choices`` are further fields of
        :class:`~embedding_lab.workflows.train_encoder.TrainEncoder` (``name``, ``sampler``,
        ``filter``, ``limit``...), settings of
        :class:`~embedding_lab.training.settings.TrainingSettings` (``steps``, ``batch_size``,
        ``learning_rate``, ``adapter``...), and parameters of the objective and of the sampler.
        """
        from embedding_lab.workflows.train_encoder import TrainEncoder

        return self.run(TrainEncoder(corpus, encoder, objective, **_sorted(objective, choices)))

    def estimate_training(
        self, corpus: str, encoder: str = "starter", objective: str = "info_nce", **choices: Any
    ) -> dict[str, Any]:
        """Tell what :meth:`train` with the same choices would take, after trying a few steps."""
        from embedding_lab.workflows.estimate_training import EstimateTraining

        return self.run(EstimateTraining(corpus, encoder, objective, **_sorted(objective, choices)))

    def training_runs(self) -> list[RunRecord]:
        """Return the records of all trainings, newest first."""
        from embedding_lab.training.runs import training_runs

        return training_runs(self.workspace.runs_folder)

    def set_learning_rate(self, run: str, learning_rate: float) -> None:
        """Change the learning rate of a training that runs in another thread or program."""
        from embedding_lab.training.control import set_learning_rate
        from embedding_lab.training.runs import find_training

        set_learning_rate(find_training(self.workspace.runs_folder, run), learning_rate)

    def stop_training(self, run: str) -> None:
        """End a training that runs in another thread or program, and keep its best weights."""
        from embedding_lab.training.control import stop_and_keep_best
        from embedding_lab.training.runs import find_training

        stop_and_keep_best(find_training(self.workspace.runs_folder, run))

    def delete_training(self, run: str) -> None:
        """Move a training with its curves and checkpoints to the trash; its encoder stays."""
        from embedding_lab.training.runs import delete_training, find_training

        delete_training(self.workspace, find_training(self.workspace.runs_folder, run))


def _sorted(objective: str, choices: dict[str, Any]) -> dict[str, Any]:
    """Return choices as fields of a training job."""
    from embedding_lab.workflows.training_choices import TrainingChoices, sort_values

    known = {item.name for item in fields(TrainingChoices)}
    own = {name: value for name, value in choices.items() if name in known}
    named = {name: value for name, value in choices.items() if name not in known}
    # A table of mined negatives has a name; a number is how many the sampler is to take.
    if isinstance(own.get("negatives"), int):
        named["negatives"] = own.pop("negatives")
    values = sort_values(objective, own.get("sampler", "random_batches"), named)
    for name, found in vars(values).items():
        own[name] = {**own.get(name, {}), **found}
    return own
