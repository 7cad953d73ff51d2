"""Saved tests: listing, comparing two of them, taking them away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from embedding_lab.jobs.events import JobCompleted, JobFailed
from embedding_lab.prompts.experiments import ExperimentStore
from embedding_lab.prompts.tables import experiments_table
from embedding_lab.workflows.compare_prompts import ComparePrompts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedding_lab.jobs.events import Event
    from embedding_lab.prompts.experiments import Manifest
    from embedding_lab_app.context import AppContext


class ExperimentsController(QObject):
    """Reads the experiments of the workspace, newest first.

    Signals
    -------
    listed()
        ``manifests`` are others now.
    compared(result)
        A comparison ended well.
    failed(event)
        It did not.
    """

    listed = Signal()
    compared = Signal(object)
    failed = Signal(object)

    def __init__(self, context: AppContext, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self.manifests: list[Manifest] = []
        self._run_id = ""
        context.runner.job_ended.connect(self._on_job_ended)
        context.workspace_opened.connect(self._on_workspace_opened)
        context.workspace_changed.connect(self._on_workspace_changed)

    def reload(self) -> None:
        """Read the list again."""
        store = ExperimentStore(self._context.workspace)
        self.manifests = [item.manifest for item in reversed(store.list())]
        self.listed.emit()

    def compare(self, first: str, second: str, mode: str = "mean") -> None:
        """Compare the second with the first, item by item, by one way to classify."""
        job = ComparePrompts(first, second, mode)
        self._run_id = self._context.runner.submit(job)

    def table(self, names: Sequence[str], form: str) -> str:
        """Return saved tests as a table in one of the forms that tables are copied in.

        Raises
        ------
        LabError
            If one of them is gone.
        """
        store = ExperimentStore(self._context.workspace)
        return experiments_table([store.get(name) for name in names], form)

    def delete(self, names: Sequence[str]) -> None:
        """Move saved tests to the trash.

        Raises
        ------
        LabError
            If the workspace cannot be written, or one of them is gone.
        """
        store = ExperimentStore(self._context.workspace)
        for name in names:
            store.delete(store.get(name))
        self._context.announce("experiments", "trash", initiator=self)

    def result(self, name: str) -> dict[str, Any]:
        """Return every figure of a saved test, and what was tested.

        Raises
        ------
        LabError
            If it is gone or damaged.
        """
        return ExperimentStore(self._context.workspace).get(name).result()

    def _on_job_ended(self, run_id: str, event: Event) -> None:
        if run_id != self._run_id:
            return
        if isinstance(event, JobCompleted):
            self.compared.emit(event.result)
        elif isinstance(event, JobFailed):
            self.failed.emit(event)

    def _on_workspace_opened(self, _workspace: object) -> None:
        self.reload()

    def _on_workspace_changed(self, kinds: frozenset[str], _initiator: object) -> None:
        if kinds & {"experiments", "trash"}:
            self.reload()
