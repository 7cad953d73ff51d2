"""Checkpoints of a training run: everything the next step depends on. Heavy: imports torch.

No pickle: tensors lie in safetensors files, all else in JSON, and the JSON names the SHA-256 of
every file, so that a damaged checkpoint is seen and not continued from.
"""

from __future__ import annotations

import errno
import random
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from hashlib import file_digest
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from embedding_lab.errors import LabError
from embedding_lab.storage import read_json, state_from_record, write_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

STATE_FILE = "state.json"
WEIGHTS_FILE = "weights.safetensors"
OPTIMIZER_FILE = "optimizer.safetensors"
RANDOM_FILE = "random.safetensors"


@dataclass
class Position:
    """Where a run stands, beside weights, optimizer and random numbers; all JSON values.

    Attributes
    ----------
    step : int
        Steps done.
    data : str
        Digest of everything that must not change: rows, encoder, method.
    learning_rate : float
        The highest learning rate, as commands have changed it.
    micro_batch : int
        Rows computed at once; 0 for the whole batch.
    n_orders : int
        Commands obeyed.
    validated : int
        The last step after which the encoder was validated; 0 stands for the base.
    sampler : dict
        The state of the sampler's random numbers when its pass began, and batches taken since.
    """

    step: int
    data: str
    learning_rate: float
    micro_batch: int = 0
    n_orders: int = 0
    validated: int = 0
    sampler: dict[str, Any] = field(default_factory=dict)


class DamagedCheckpointError(LabError):
    """A checkpoint cannot be read, or its files are not what was written."""


@dataclass(frozen=True)
class RandomState:
    """The states of all random numbers a step may draw."""

    tensors: dict[str, torch.Tensor]
    numpy_state: tuple[Any, ...]
    python_state: tuple[Any, ...]

    @classmethod
    def now(cls) -> RandomState:
        """Return the states as they are."""
        tensors = {"cpu": torch.get_rng_state()}
        if torch.cuda.is_available():
            tensors["cuda"] = torch.cuda.get_rng_state()
        drawn_by_libraries = np.random.get_state(legacy=True)  # noqa: NPY002
        return cls(tensors, tuple(drawn_by_libraries), random.getstate())

    def restore(self) -> None:
        """Let all random numbers go on from here."""
        torch.set_rng_state(self.tensors["cpu"])
        if "cuda" in self.tensors and torch.cuda.is_available():
            torch.cuda.set_rng_state(self.tensors["cuda"])
        np.random.set_state(self.numpy_state)  # noqa: NPY002
        random.setstate(self.python_state)

    def to_record(self) -> dict[str, Any]:
        """Return what is no tensor as a JSON object."""
        name, keys, *rest = self.numpy_state
        version, internal, gauss = self.python_state
        return {
            "numpy": [str(name), [int(key) for key in keys], *rest],
            "python": [version, list(internal), gauss],
        }

    @classmethod
    def from_record(cls, record: dict[str, Any], tensors: dict[str, torch.Tensor]) -> RandomState:
        """Make the states from what :meth:`to_record` returned, and the tensors."""
        name, keys, *rest = record["numpy"]
        version, internal, gauss = record["python"]
        numpy_state = (name, np.array(keys, dtype=np.uint32), *rest)
        return cls(tensors, numpy_state, (version, tuple(internal), gauss))


@contextmanager
def own_random_numbers(seed: int) -> Iterator[None]:
    """Seed all random numbers for a ``with`` block, and give the program back its own after it."""
    before = RandomState.now()
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - libraries draw from it
    torch.manual_seed(seed)
    try:
        yield
    finally:
        before.restore()


def save_tensors(path: Path, tensors: Mapping[str, torch.Tensor]) -> None:
    """Write tensors as a safetensors file.

    Raises
    ------
    OSError
        If the disk is full; the library has an error of its own for that.
    """
    contiguous = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    try:
        save_file(contiguous, str(path))
    except SafetensorError as error:
        if "No space left" in str(error):
            raise OSError(errno.ENOSPC, "No space left on device", str(path)) from error
        raise


class StateOfTraining:
    """Weights and optimizer, written to checkpoints and read from them.

    Parameters
    ----------
    weights : mapping
        The trained parameters by name.
    optimizer : torch.optim.AdamW
        Over exactly these parameters.
    """

    def __init__(self, weights: Mapping[str, torch.nn.Parameter], optimizer: Any) -> None:
        self._weights = weights
        self._optimizer = optimizer

    def save(self, folder: Path, position: Position, state: RandomState) -> None:
        """Write everything into an empty folder."""
        save_tensors(folder / WEIGHTS_FILE, self._weights)
        save_tensors(folder / OPTIMIZER_FILE, self._optimizer_tensors())
        save_tensors(folder / RANDOM_FILE, state.tensors)
        files = (WEIGHTS_FILE, OPTIMIZER_FILE, RANDOM_FILE)
        digests = {name: file_sha256(folder / name) for name in files}
        record = {"position": asdict(position), "random": state.to_record(), "files": digests}
        write_json(folder / STATE_FILE, record)

    def load(self, folder: Path) -> tuple[Position, RandomState]:
        """Take weights and optimizer from a checkpoint and return the rest.

        Raises
        ------
        DamagedCheckpointError
            If it is not whole; nothing has been changed then.
        LabError
            If a newer program wrote it, and more than this one would restore.
        """
        record, tensors = _read(folder)
        position = state_from_record(
            Position, record["position"], f"The checkpoint {folder.name} of the run"
        )
        weights, moments, drawn = (
            tensors[name] for name in (WEIGHTS_FILE, OPTIMIZER_FILE, RANDOM_FILE)
        )
        if weights.keys() != self._weights.keys():
            raise DamagedCheckpointError(f"The checkpoint {folder.name} is of other weights.")
        self.take_weights(weights)
        for name, weight in self._weights.items():
            found = {
                key.partition("/")[0]: tensor
                for key, tensor in moments.items()
                if key.partition("/")[2] == name
            }
            if found:
                self._optimizer.state[weight] = {
                    key: tensor if key == "step" else tensor.to(weight.device)
                    for key, tensor in found.items()
                }
        return position, RandomState.from_record(record["random"], drawn)

    def take_weights(self, weights: Mapping[str, torch.Tensor]) -> None:
        """Set the trained parameters."""
        with torch.no_grad():
            for name, weight in self._weights.items():
                weight.copy_(weights[name])

    def _optimizer_tensors(self) -> dict[str, torch.Tensor]:
        return {
            f"{key}/{name}": tensor
            for name, weight in self._weights.items()
            for key, tensor in self._optimizer.state.get(weight, {}).items()
        }


def _read(folder: Path) -> tuple[dict[str, Any], dict[str, dict[str, torch.Tensor]]]:
    """Return what a checkpoint holds, each file exactly as it was written."""
    try:
        record = read_json(folder / STATE_FILE)
        digests, _, _ = (record[key] for key in ("files", "position", "random"))
        for name, digest in digests.items():
            if file_sha256(folder / name) != digest:
                raise DamagedCheckpointError(
                    f"The file {name} of the checkpoint {folder.name} is damaged."
                )
        tensors = {name: load_file(str(folder / name)) for name in digests}
    except (LabError, OSError, SafetensorError, KeyError, AttributeError) as error:
        if isinstance(error, DamagedCheckpointError):
            raise
        raise DamagedCheckpointError(
            f"The checkpoint {folder.name} cannot be read: {error}"
        ) from error
    return record, tensors


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal digits."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
