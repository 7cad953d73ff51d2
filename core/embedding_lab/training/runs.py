"""The training runs of a workspace, found by id or by the name of what they make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab.errors import UsageError
from embedding_lab.jobs.record import list_runs
from embedding_lab.training.control import is_training

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.jobs.record import RunRecord
    from embedding_lab.workspace.workspace import Workspace


def training_runs(runs_folder: Path) -> list[RunRecord]:
    """Return all training runs, newest first."""
    return [run for run in list_runs(runs_folder) if is_training(run)]


def run_name(run: RunRecord) -> str:
    """Return the name a run was given; empty if it was given none."""
    return str(run.job["inputs"].get("name", ""))


def find_training(runs_folder: Path, text: str) -> RunRecord:
    """Return the newest run of this name, or the one whose id begins like this.

    Raises
    ------
    UsageError
        If no run fits, or several ids do.
    """
    runs = training_runs(runs_folder)
    named = [run for run in runs if run_name(run) == text or run.id == text]
    fitting = named[:1] or [run for run in runs if run.id.startswith(text)]
    if len(fitting) != 1:
        found = "No training run" if not fitting else "More than one training run"
        raise UsageError(
            f"{found} has the name or id {text}.", hint="`embedding-lab runs list` names them all."
        )
    return fitting[0]


def delete_training(workspace: Workspace, run: RunRecord) -> str:
    """Move a run with its curves and checkpoints to the trash and return the item's id.

    The encoder that it made stays.

    Raises
    ------
    UsageError
        If it is running.
    WorkspaceError
        If the workspace is open read-only.
    """
    workspace.require_writable()
    if not run.state.is_final:
        raise UsageError(
            f"The run {run.id} is {run.state}, so it cannot be deleted.",
            hint="Cancel it first, or stop it and keep its best weights.",
        )
    return workspace.trash.put(run.folder, "run", run_name(run) or run.id)
