"""Saved tests: named records in the workspace, written once and never changed.

An experiment's folder holds ``manifest.json`` (what it is), ``result.json`` (every figure) and
``items.npz`` (what was predicted for each row).
"""

from __future__ import annotations

import secrets
import shutil
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.errors import LabError, UsageError, did_you_mean
from embedding_lab.metrics.classification import confusion_matrix
from embedding_lab.storage import from_record, read_json, write_json
from embedding_lab.workspace.workspace import slug

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from embedding_lab.workspace.workspace import Workspace

MANIFEST_FILE, RESULT_FILE, ITEMS_FILE = "manifest.json", "result.json", "items.npz"
PROMPTS, INSTRUCTIONS = "prompts", "instructions"
Items = dict[str, "NDArray[Any]"]


@dataclass(frozen=True)
class Manifest:
    """What a saved experiment is.

    Attributes
    ----------
    id, name, kind : str
        ``kind`` is ``prompts`` (zero-shot) or ``instructions`` (retrieval).
    created : float
        Seconds since the epoch.
    corpus_id, corpus, encoder, fingerprint : str
        What was tested, and the name of everything that decided the vectors.
    n : int
        Items or queries.
    score : float
        Accuracy, or nDCG@10 of the best instruction.
    """

    id: str
    name: str
    kind: str
    created: float
    corpus_id: str
    corpus: str
    encoder: str
    fingerprint: str
    n: int
    score: float


@dataclass(frozen=True)
class Experiment:
    """One saved experiment."""

    folder: Path
    manifest: Manifest

    def result(self) -> dict[str, Any]:
        """Return every figure."""
        return dict(read_json(self.folder / RESULT_FILE))

    def items(self) -> Items:
        """Return what was predicted: arrays of equal length, one entry for each row."""
        return read_items(self.folder / ITEMS_FILE)


def write_items(path: Path, items: Items) -> None:
    """Write arrays of equal length into one file, without pickle."""
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **items)


def read_items(path: Path) -> Items:
    """Return what :func:`write_items` wrote.

    Raises
    ------
    LabError
        If the file is missing or damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError) as error:
        raise LabError(f"The file {path} is missing or damaged.") from error


def rows_of_cell(items: Items, true: int, predicted: int, mode: str = "mean") -> NDArray[np.int64]:
    """Return the corpus rows behind one cell of a confusion matrix, ascending, shape (m,)."""
    is_there = (items["true"] == true) & (items[mode] == predicted)
    rows: NDArray[np.int64] = items["row"][is_there]
    return rows


def confusion_of(items: Items, n_classes: int, mode: str = "mean") -> NDArray[np.int64]:
    """Return the confusion matrix of one way to classify, shape (c, c), true classes by rows."""
    return confusion_matrix(items["true"], items[mode], n_classes)


class ExperimentStore:
    """Finds, saves and deletes the experiments of a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._folder = workspace.experiments_folder

    def list(self) -> list[Experiment]:
        """Return all experiments, oldest first, except those whose manifest is damaged."""
        found = []
        for file in self._folder.glob(f"*/{MANIFEST_FILE}"):
            try:
                found.append(Experiment(file.parent, from_record(Manifest, read_json(file))))
            except (LabError, TypeError):
                continue
        return sorted(found, key=lambda item: (item.manifest.created, item.manifest.id))

    def get(self, name: str) -> Experiment:
        """Return the experiment with this name or id.

        Raises
        ------
        UsageError
            If there is none; the hint names the ones there are.
        """
        experiments = self.list()
        for item in experiments:
            if name in {item.manifest.name, item.manifest.id}:
                return item
        known = did_you_mean(
            name, [item.manifest.name for item in experiments], "Saved experiments"
        )
        raise UsageError(f"There is no experiment named {name}.", hint=known)

    def require_unused(self, name: str) -> None:
        """Raise a :class:`UsageError` if an experiment cannot be given this name."""
        self._workspace.require_writable()
        if not name.strip():
            raise UsageError("An experiment needs a name.")
        if any(name in {item.manifest.name, item.manifest.id} for item in self.list()):
            raise UsageError(
                f"There is an experiment named {name} already.",
                hint="Experiments are never changed; choose another name, or delete that one.",
            )

    def save(self, name: str, kind: str, result: dict[str, Any], items: Items) -> Experiment:
        """Save a result under a name; the folder is there whole or not at all.

        Parameters
        ----------
        name, kind : str
            The name is the user's, unused so far.
        result : dict
            What the test answered, a JSON object.
        items : dict of ndarray
            What it left of each row or query: arrays of equal length.

        Raises
        ------
        UsageError
            If the name is taken, or there is none.
        WorkspaceError
            If the workspace is open for reading only.
        """
        self.require_unused(name)
        number = f"{slug(name)}-{secrets.token_hex(3)}"
        facts = {key: result[key] for key in ("corpus_id", "corpus", "encoder", "fingerprint", "n")}
        score = (
            result["accuracy"]
            if kind == PROMPTS
            else max(item["score"] for item in result["instructions"])
        )
        manifest = Manifest(number, name, kind, time.time(), **facts, score=score)
        staged = self._workspace.cache_folder / f"staging-{number}"
        staged.mkdir(parents=True)
        try:
            write_json(staged / MANIFEST_FILE, asdict(manifest))
            write_json(staged / RESULT_FILE, result)
            write_items(staged / ITEMS_FILE, items)
            self._folder.mkdir(exist_ok=True)
            staged.replace(self._folder / number)
        finally:
            shutil.rmtree(staged, ignore_errors=True)
        return Experiment(self._folder / number, manifest)

    def delete(self, experiment: Experiment) -> str:
        """Move an experiment to the trash and return the item's id."""
        self._workspace.require_writable()
        return self._workspace.trash.put(experiment.folder, "experiment", experiment.manifest.name)
