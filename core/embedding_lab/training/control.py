"""Commands to a training run from another thread or another process.

``control.jsonl`` in the run's folder takes one command a line. Whoever commands appends; the run
reads what is new before every step. A file works alike from window, command line and Python, needs
no open connection, and stays as a record.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from embedding_lab.errors import UsageError
from embedding_lab.training.settings import DEFAULTS, known_parameter

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.jobs.record import RunRecord

CONTROL_FILE = "control.jsonl"
TRAINING_TARGET = "embedding_lab.workflows.train_encoder:TrainEncoder"


class Command(StrEnum):
    """What a run can be told while it goes on."""

    LEARNING_RATE = "learning_rate"
    STOP = "stop"


@dataclass(frozen=True)
class Order:
    """One command; ``value`` is the new learning rate."""

    command: Command
    value: float | None = None


def set_learning_rate(run: RunRecord, learning_rate: float | str) -> None:
    """Change the highest learning rate of a run; its schedule goes on with the new one.

    A run that was cut short takes it up when it is continued. A text is read as a number.

    Raises
    ------
    UsageError
        If the run is no training, has ended for good, or the rate is not allowed.
    """
    parameter = known_parameter("learning_rate")
    if isinstance(learning_rate, str):
        checked = parameter.parsed(learning_rate)
    else:
        checked = parameter.checked(learning_rate)
    _require_training(run)
    if run.state.is_final and not run.state.can_continue:
        raise UsageError(f"The run {run.id} is {run.state}; nothing can be changed any more.")
    assert isinstance(checked, float)
    _append(run.folder, Order(Command.LEARNING_RATE, checked))


def highest_learning_rate(run: RunRecord) -> float:
    """Return the highest learning rate of a training, as last ordered, obeyed already or not."""
    rates = [
        order.value
        for order in ControlReader(run.folder).new_orders()
        if order.command is Command.LEARNING_RATE and order.value is not None
    ]
    chosen: float = run.job["inputs"]["settings"].get("learning_rate", DEFAULTS.learning_rate)
    return rates[-1] if rates else chosen


def stop_and_keep_best(run: RunRecord) -> None:
    """End a run after its present step; its best checkpoint is reported on and saved.

    Raises
    ------
    UsageError
        If the run is no training, or is not running.
    """
    _require_training(run)
    if run.state.is_final:
        raise UsageError(
            f"The run {run.id} is {run.state}, so there is nothing to stop.",
            hint=f"`embedding-lab runs continue {run.id}` goes on with it."
            if run.state.can_continue
            else "",
        )
    _append(run.folder, Order(Command.STOP))


def is_training(run: RunRecord) -> bool:
    """Whether a run trains an encoder."""
    return bool(run.job.get("target") == TRAINING_TARGET)


def _require_training(run: RunRecord) -> None:
    if not is_training(run):
        raise UsageError(
            f"The job {run.id} is no training.", hint="`embedding-lab runs list` names those."
        )


def _append(folder: Path, order: Order) -> None:
    record = {"at": time.time(), "command": order.command, "value": order.value}
    with (folder / CONTROL_FILE).open("a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")


class ControlReader:
    """Reads the orders that have come since the last look.

    Parameters
    ----------
    folder : Path
        The run's folder.
    n_read : int
        How many lines an earlier attempt had obeyed.
    """

    def __init__(self, folder: Path, n_read: int = 0) -> None:
        self._path = folder / CONTROL_FILE
        self._size = 0
        self.n_read = n_read

    def new_orders(self) -> list[Order]:
        """Return what is new; costs one look at the file's size where nothing is."""
        try:
            size = self._path.stat().st_size
        except FileNotFoundError:
            return []
        if size == self._size:
            return []
        self._size = size
        # A line that is still being written has no end yet; it counts the next time.
        lines = self._path.read_text(encoding="utf-8").split("\n")[:-1]
        orders = []
        for line in lines[self.n_read :]:
            record = json.loads(line)
            orders.append(Order(Command(record["command"]), record["value"]))
        self.n_read = len(lines)
        return orders
