"""How an encoder is trained: every choice with its default, its bounds and what it does.

:data:`PARAMETERS` says it once; forms, command line and checks are made from that.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from embedding_lab.backends import require_precision
from embedding_lab.errors import UsageError, did_you_mean
from embedding_lab.registry.parameter import Parameter, ParameterType, Value
from embedding_lab.types import Precision

if TYPE_CHECKING:
    from collections.abc import Mapping

INT, FLOAT, BOOL, CHOICE = (
    ParameterType.INT,
    ParameterType.FLOAT,
    ParameterType.BOOL,
    ParameterType.CHOICE,
)
# On the disk, of a trained weight: itself and two moments of its gradient, four bytes each; three
# checkpoints are kept and a fourth is being written, beside the best weights and the tuned encoder.
BYTES_A_WEIGHT = 4 * 3 * 4 + 2 * 4
SPARE_BYTES = 20_000_000


class Adapter(StrEnum):
    """Which weights are trained: all, or small matrices added to them."""

    NONE = "none"
    LORA = "lora"
    DORA = "dora"


class Schedule(StrEnum):
    """How the learning rate goes on after the warm-up."""

    LINEAR = "linear"
    COSINE = "cosine"
    CONSTANT = "constant"


@dataclass(frozen=True)
class TrainingSettings:
    """Every choice beside data, objective and batch sampler; see :data:`PARAMETERS`."""

    steps: int = 0
    epochs: float = 1.0
    batch_size: int = 32
    learning_rate: float = 2e-5
    adapter: str = Adapter.NONE.value
    schedule: str = Schedule.LINEAR.value
    warmup: float = 0.1
    max_length: int = 0
    validation_rows: int = 300
    held_out_rows: int = 500
    seed: int = 0
    rank: int = 8
    alpha: int = 16
    dropout: float = 0.1
    freezes_embeddings: bool = False
    frozen_layers: int = 0
    micro_batch: int = 0
    accumulation: int = 1
    weight_decay: float = 0.01
    clip_norm: float = 1.0
    precision: str = Precision.FP32.value
    validate_every: int = 0
    checkpoint_every: int = 0

    @classmethod
    def chosen(cls, values: Mapping[str, object]) -> TrainingSettings:
        """Return settings with some values chosen, each checked.

        Raises
        ------
        UsageError
            If a name is unknown or a value is not allowed.
        LabError
            If this machine gains nothing from the precision.
        """
        checked = {name: known_parameter(name).checked(value) for name, value in values.items()}
        settings = cls(**checked)  # type: ignore[arg-type]
        require_precision(Precision(settings.precision))
        return settings

    def n_steps(self, n_rows: int, n_batches: int = 0) -> int:
        """Return how many steps there are for so many training rows.

        ``n_batches`` is how many batches one pass has, where the sampler was asked.
        """
        if self.steps:
            return self.steps
        in_a_pass = n_batches or -(-n_rows // self.batch_size)
        return max(1, round(self.epochs * in_a_pass / self.accumulation))

    def validation_interval(self, n_steps: int) -> int:
        """Return after how many steps each validation comes: a tenth of them unless chosen."""
        return self.validate_every or max(1, -(-n_steps // 10))

    def checkpoint_interval(self, n_steps: int) -> int:
        """Return after how many steps each checkpoint comes: with every validation by default."""
        return self.checkpoint_every or self.validation_interval(n_steps)

    def differing(self) -> dict[str, Value]:
        """Return the values that are not the defaults, for a record or a command."""
        usual = TrainingSettings()
        return {
            item.name: getattr(self, item.name)
            for item in fields(self)
            if getattr(self, item.name) != getattr(usual, item.name)
        }


DEFAULTS = TrainingSettings()


def _parameter(
    name: str, kind: ParameterType, help_text: str, *, is_advanced: bool = False, **rules: Any
) -> Parameter:
    return Parameter(
        name, kind, getattr(DEFAULTS, name), help_text, is_advanced=is_advanced, **rules
    )


PARAMETERS: tuple[Parameter, ...] = (
    _parameter("steps", INT, "How many steps; 0 to go by epochs", min=0, unit="steps"),
    _parameter("epochs", FLOAT, "How often every row is seen", min=0.001, max=1000),
    _parameter("batch_size", INT, "Rows a step learns from", min=1, max=65536, unit="rows"),
    _parameter("learning_rate", FLOAT, "How far a step goes, at its highest", min=1e-9, max=1),
    _parameter(
        "adapter",
        CHOICE,
        "Train all weights, or small added matrices that need less memory and forget less",
        choices=tuple(Adapter),
    ),
    _parameter(
        "schedule",
        CHOICE,
        "How the learning rate falls after the warm-up",
        choices=tuple(Schedule),
    ),
    _parameter(
        "warmup", FLOAT, "Share of the steps in which the learning rate rises", min=0, max=1
    ),
    _parameter(
        "max_length",
        INT,
        "Tokens taken of a text while training; 0 for as many as the encoder takes",
        min=0,
        unit="tokens",
    ),
    _parameter(
        "validation_rows",
        INT,
        "Rows to watch the training by; never more than a tenth",
        min=0,
        max=5000,
        unit="rows",
    ),
    _parameter(
        "held_out_rows",
        INT,
        "Rows that only the report at the end looks at; never more than a tenth",
        min=0,
        max=20000,
        unit="rows",
    ),
    _parameter("seed", INT, "Equal seeds give equal runs on the processor", min=0, max=2**31 - 1),
    _parameter("rank", INT, "Width of the added matrices", is_advanced=True, min=1, max=1024),
    _parameter(
        "alpha",
        INT,
        "How strongly the added matrices count, divided by the rank",
        is_advanced=True,
        min=1,
        max=10000,
    ),
    _parameter(
        "dropout",
        FLOAT,
        "Share of what the added matrices read that is left out at random",
        is_advanced=True,
        min=0,
        max=0.9,
    ),
    _parameter(
        "freezes_embeddings", BOOL, "Keep the vectors of the tokens as they are", is_advanced=True
    ),
    _parameter(
        "frozen_layers",
        INT,
        "How many of the first layers stay as they are",
        is_advanced=True,
        min=0,
        max=1000,
        unit="layers",
    ),
    _parameter(
        "micro_batch",
        INT,
        "Rows computed at once; fewer than the batch need less memory and more time, and learn "
        "the same (gradient caching); 0 for the whole batch",
        is_advanced=True,
        min=0,
        max=65536,
        unit="rows",
    ),
    _parameter(
        "accumulation",
        INT,
        "Batches whose gradients are averaged before each step",
        is_advanced=True,
        min=1,
        max=1024,
        unit="batches",
    ),
    _parameter(
        "weight_decay",
        FLOAT,
        "How much weights shrink towards 0 with each step",
        is_advanced=True,
        min=0,
        max=1,
    ),
    _parameter(
        "clip_norm",
        FLOAT,
        "Gradients longer than this are cut to it; 0 to leave them",
        is_advanced=True,
        min=0,
        max=1000,
    ),
    _parameter(
        "precision",
        CHOICE,
        "Number format of the computation; the weights stay in fp32",
        is_advanced=True,
        choices=tuple(Precision),
    ),
    _parameter(
        "validate_every",
        INT,
        "Steps between two validations; 0 for ten in all",
        is_advanced=True,
        min=0,
        unit="steps",
    ),
    _parameter(
        "checkpoint_every",
        INT,
        "Steps between two checkpoints; 0 for one with each validation",
        is_advanced=True,
        min=0,
        unit="steps",
    ),
)
_KNOWN = {parameter.name: parameter for parameter in PARAMETERS}


def known_parameter(name: str) -> Parameter:
    """Return a setting by its name.

    Raises
    ------
    UsageError
        If there is none; the hint proposes the nearest name.
    """
    if name not in _KNOWN:
        raise UsageError(
            f"Training has no setting named {name}.", hint=did_you_mean(name, _KNOWN, "Settings")
        )
    return _KNOWN[name]
