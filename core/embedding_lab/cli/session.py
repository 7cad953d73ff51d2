"""What every command needs: the workspace, and a way to run a job with progress and Ctrl+C."""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from embedding_lab.cli.progress import ProgressLine
from embedding_lab.errors import LabError, WorkspaceError
from embedding_lab.jobs.cancellation import CancellationToken
from embedding_lab.settings import load_settings, remember_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from embedding_lab.jobs.context import Sink
    from embedding_lab.jobs.job import Job
    from embedding_lab.workspace.workspace import Workspace


class WrongUseError(LabError):
    """The command line itself cannot be understood."""


class Session:
    """One call of the program.

    Parameters
    ----------
    workspace_folder : str, optional
        What ``--workspace`` names; the last one used without it.
    """

    def __init__(self, workspace_folder: str = "") -> None:
        self._folder = workspace_folder

    def workspace_folder(self) -> str:
        """Return the folder of the workspace to work in.

        Raises
        ------
        WorkspaceError
            If none is named and none was used before.
        """
        if self._folder:
            return self._folder
        recent = load_settings().recent_workspaces
        if not recent:
            raise WorkspaceError(
                "No workspace is named and none was used before.",
                hint="Make one with `embedding-lab workspace new DIR`, or name one with "
                "`--workspace DIR`.",
            )
        return recent[0]

    @contextmanager
    def open(self, *, wants_writing: bool = False) -> Iterator[Workspace]:
        """Open the workspace for the length of a command and remember it as the last used."""
        from embedding_lab.workspace.workspace import open_workspace

        with open_workspace(self.workspace_folder(), wants_writing=wants_writing) as workspace:
            _remember(workspace.folder)
            yield workspace

    @contextmanager
    def open_to_write(self) -> Iterator[Workspace]:
        """Open the workspace to change it; a sentence tells who else holds it."""
        with self.open(wants_writing=True) as workspace:
            workspace.require_writable()
            yield workspace

    def perform(self, job: Job[Workspace]) -> dict[str, Any]:
        """Run a job with progress on standard error and return its result."""
        from embedding_lab.workflows.perform import perform

        with self.open(wants_writing=job.is_recorded) as workspace:
            return self.watch(lambda sink, token: perform(job, workspace, sink, token))

    def watch(self, action: Callable[[Sink, CancellationToken], dict[str, Any]]) -> dict[str, Any]:
        """Run an action that takes a sink and a token: Ctrl+C cancels it, a second one aborts."""
        line = ProgressLine(sys.stderr)
        token = CancellationToken()
        with _interrupt_cancels(token, line):
            try:
                return action(line, token)
            finally:
                line.clear()


def _remember(folder: Path) -> None:
    if load_settings().recent_workspaces[:1] != [str(folder)]:
        remember_workspace(str(folder))


@contextmanager
def _interrupt_cancels(token: CancellationToken, line: ProgressLine) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def on_interrupt(number: int, frame: Any) -> None:
        if token.is_cancelled:
            signal.default_int_handler(number, frame)
        token.cancel()
        line.say("Cancelling; press Ctrl+C again to stop at once.")

    previous = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
