"""The weights that validated best, kept beside the checkpoints. Heavy: imports torch."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from safetensors import SafetensorError
from safetensors.torch import load_file

from embedding_lab.errors import LabError
from embedding_lab.storage import from_record, read_json, replaced_whole, write_json
from embedding_lab.training.torch_checkpoint import (
    DamagedCheckpointError,
    file_sha256,
    save_tensors,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import torch

BEST_FILE = "best.json"


@dataclass(frozen=True)
class Best:
    """The best checkpoint so far: its step, what it was measured to be worth, and its file.

    ``sha256`` is that of the file; empty where an older program wrote it.
    """

    step: int
    value: float
    file: str
    sha256: str = ""


def keep_best(folder: Path, weights: Mapping[str, torch.Tensor], step: int, value: float) -> Best:
    """Write weights as the best so far; the ones before are kept until these are whole."""
    home = folder / "best"
    home.mkdir(exist_ok=True)
    path = home / f"step-{step:09d}.safetensors"
    with replaced_whole(path) as temporary:
        save_tensors(temporary, weights)
    best = Best(step, value, path.name, file_sha256(path))
    write_json(home / BEST_FILE, asdict(best))
    # Among them what a kill left half written.
    for old in home.glob("step-*"):
        if old != path:
            old.unlink()
    return best


def read_best(folder: Path) -> Best | None:
    """Return which checkpoint of a run is the best, if any was kept."""
    path = folder / "best" / BEST_FILE
    return from_record(Best, read_json(path)) if path.exists() else None


def best_weights(folder: Path) -> dict[str, torch.Tensor] | None:
    """Return the best weights of a run by name, if any were kept.

    Raises
    ------
    DamagedCheckpointError
        If they are not what was written.
    """
    try:
        best = read_best(folder)
        if best is None:
            return None
        path = folder / "best" / best.file
        if best.sha256 in {"", file_sha256(path)}:
            weights: dict[str, torch.Tensor] = load_file(str(path))
            return weights
    except (LabError, OSError, SafetensorError, TypeError) as error:
        raise DamagedCheckpointError(f"The best checkpoint cannot be read: {error}") from error
    raise DamagedCheckpointError(f"The best checkpoint, of step {best.step:,}, is damaged.")


def is_better(value: float, step: int, best: Best | None) -> bool:
    """Whether a checkpoint is the best; of equal ones the first is, also when it comes again."""
    return best is None or value > best.value or (value == best.value and step <= best.step)


def forget_best(folder: Path) -> None:
    """Delete the best checkpoint of a run, once its weights are saved elsewhere."""
    shutil.rmtree(folder / "best", ignore_errors=True)
