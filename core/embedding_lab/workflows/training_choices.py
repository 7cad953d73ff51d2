"""What a training is asked to do: the inputs that training and its estimate share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.batch_samplers.packing import require_room
from embedding_lab.contracts import NegativeMiner
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.errors import UsageError, did_you_mean
from embedding_lab.registry.registry import Registry
from embedding_lab.search.filters import parse_filter, rows_that_fit
from embedding_lab.training.data import gather
from embedding_lab.training.offers import choose_source
from embedding_lab.training.read_rows import RowChoice, training_split
from embedding_lab.training.requirements import require_takes, require_trainable
from embedding_lab.training.rows import RowSource
from embedding_lab.training.settings import PARAMETERS, TrainingSettings
from embedding_lab.workspace.negatives_store import NegativesStore

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from embedding_lab.contracts import BatchSampler, Objective
    from embedding_lab.jobs.context import JobContext
    from embedding_lab.registry.card import Card
    from embedding_lab.registry.parameter import Parameter
    from embedding_lab.training.data import TrainingData
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.workspace import Workspace

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
    negatives : str
        A table of mined negatives, for samplers that use some; those mine their own without one.
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
    negatives: str = ""
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

    def make_objective(self) -> Objective:
        """Make the objective.

        Raises
        ------
        UsageError
            If it learns from another encoder and none is named.
        """
        card, _ = self.cards()
        objective: Objective = card.create(**self.objective_values)
        if objective.needs_teacher and not self.teacher:
            raise UsageError(
                f"{card.title} learns from another encoder.",
                hint="Name it as the teacher; the encoder that is trained may be its own.",
            )
        return objective

    def make_sampler(self) -> BatchSampler:
        """Make the batch sampler.

        Raises
        ------
        UsageError
            If negatives are named that it has no use for.
        """
        card = self.cards()[1]
        sampler: BatchSampler = card.create(**self.sampler_values)
        if self.negatives and not isinstance(sampler, NegativeMiner):
            raise UsageError(
                f"{card.title} has no use for mined negatives.",
                hint="Choose a batch sampler that mines, such as saha.",
            )
        return sampler

    def require_possible(self, workspace: Workspace) -> None:
        """Raise a :class:`LabError` if these choices cannot train anything; says what is missing.

        Judged from names, cards and manifests alone: nothing is loaded, no row is read.
        """
        corpus, store = workspace.corpus(self.corpus), EncoderStore(workspace)
        record = store.get(self.encoder)
        require_trainable(record)
        source = choose_source(corpus, self.make_objective().form, self.source)
        require_takes(record, corpus, source)
        if self.teacher:
            require_takes(store.get(self.teacher), corpus, source)
        if source is RowSource.JUDGEMENTS:
            training_split(corpus, self.split)
        self._require_batches(workspace)
        parse_filter(self.filter, corpus)
        if self.name:
            store.require_unused(self.name)

    def _require_batches(self, workspace: Workspace) -> None:
        """Raise a :class:`UsageError` if no batch could hold a cluster of negatives."""
        size = self.chosen_settings().batch_size
        if not isinstance(self.make_sampler(), NegativeMiner):
            return
        values = self.cards()[1].values(**self.sampler_values)
        if self.negatives:
            values = NegativesStore(workspace).get(self.negatives).meta.values
        require_room(size, int(values["negatives"]) + 1)

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
class NamedValues:
    """Values by the names that people use, sorted into those of each part of a training."""

    objective_values: dict[str, Any]
    sampler_values: dict[str, Any]
    settings: dict[str, Any]


def sort_values(objective: str, sampler: str, named: Mapping[str, object]) -> NamedValues:
    """Find out which part of a training each value is meant for, and check it.

    Parameters
    ----------
    objective, sampler : str
        Ids of the methods.
    named : mapping
        Values by the name of a setting or of a parameter of either method; a text is read as the
        type of its parameter. A name that a setting has is that setting's; ``objective.`` or
        ``sampler.`` before it says which of the two is meant.

    Raises
    ------
    UsageError
        If nothing has this name, more than one thing has, or a value is not allowed.
    """
    registry = Registry()
    parts: dict[str, dict[str, Parameter]] = {
        "objective": {item.name: item for item in registry.get(objective).parameters},
        "sampler": {item.name: item for item in registry.get(sampler).parameters},
        "settings": {item.name: item for item in PARAMETERS},
    }
    found: dict[str, dict[str, Any]] = {part: {} for part in parts}
    for name, value in named.items():
        before, _, behind = name.rpartition(".")
        fitting = [part for part in parts if behind in parts[part] and before in {"", part}]
        if not fitting:
            known = [known for part in parts.values() for known in part]
            raise UsageError(
                f"Neither the training nor its methods have a setting named {name}.",
                hint=did_you_mean(name, known, "Settings"),
            )
        if not before and "settings" in fitting:
            fitting = ["settings"]
        if len(fitting) > 1:
            raise UsageError(
                f"Both methods have a parameter named {name}.",
                hint=f"Write objective.{name} or sampler.{name}.",
            )
        parameter = parts[fitting[0]][behind]
        is_text = isinstance(value, str)
        found[fitting[0]][behind] = (
            parameter.parsed(value) if is_text else parameter.checked(value)  # type: ignore[arg-type]
        )
    return NamedValues(*found.values())
