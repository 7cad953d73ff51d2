"""What the program was asked to open: a workspace, and things to look at in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from embedding_lab import paths
from embedding_lab.errors import LabError, WorkspaceError
from embedding_lab.settings import load_settings
from embedding_lab.workspace.pointer import SUFFIX, pointed_folder
from embedding_lab.workspace.workspace import WORKSPACE_FILE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from embedding_lab_app.context import AppContext


@dataclass
class Opening:
    """The words of a command line, sorted.

    Attributes
    ----------
    workspace : Path, optional
        The folder to open, or to make if it is not there.
    files : list of Path
        What is handled as if it had been dropped on the window.
    problems : list of LabError
        What cannot be opened.
    """

    workspace: Path | None = None
    files: list[Path] = field(default_factory=list)
    problems: list[LabError] = field(default_factory=list)


def sort_out(wanted: Iterable[Path]) -> Opening:
    """Tell workspaces from files; of several workspaces the first one opens."""
    opening = Opening()
    for path in (path.expanduser().absolute() for path in wanted):
        try:
            folder = _workspace_at(path)
        except LabError as error:
            opening.problems.append(error)
            continue
        if folder is None:
            opening.files.append(path)
        elif opening.workspace is None:
            opening.workspace = folder
        elif folder != opening.workspace:
            opening.problems.append(
                LabError(f"{folder} was not opened: a window shows one workspace.")
            )
    return opening


def _workspace_at(path: Path) -> Path | None:
    if path.exists():
        return pointed_folder(path)
    if path.suffix in {SUFFIX, ""}:
        return path
    raise WorkspaceError(f"{path} is not there.", hint="Check how it is written.")


def first_folder(opening: Opening, *, with_sample: bool) -> Path:
    """Return the workspace asked for, the one opened last, or the user's first one."""
    last = None if with_sample else _last_workspace()
    return opening.workspace or last or paths.default_workspace_folder()


def _last_workspace() -> Path | None:
    for name in load_settings().recent_workspaces:
        if (Path(name) / WORKSPACE_FILE).exists():
            return Path(name)
    return None


def open_first_workspace(context: AppContext, folder: Path) -> None:
    """Open or make a workspace; where that cannot be, say so and open the user's own one.

    Raises
    ------
    LabError
        If not even the program's own folder can hold a workspace.
    """
    own = paths.default_workspace_folder()
    places = [folder, own, paths.other_workspace_folder()]
    for number, place in enumerate(places):
        try:
            _open_or_create(context, place)
        except LabError as error:
            if place == places[-1]:
                raise
            if place not in places[:number]:
                context.notices.error(error)
            continue
        if number:
            context.notices.info(f"Your work is kept in {place}.")
        return


def _open_or_create(context: AppContext, folder: Path) -> None:
    if folder.exists():
        context.open_workspace(folder)
    else:
        context.create_workspace(folder)
