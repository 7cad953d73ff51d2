"""The training runs of the workspace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from embedding_lab.errors import LabError
from embedding_lab.training.control import highest_learning_rate, set_learning_rate
from embedding_lab.training.runs import delete_training, run_name, training_runs
from embedding_lab.workflows.training_choices import OBJECTIVES, SAMPLERS
from embedding_lab_app.forms.method_choice import method_cards
from embedding_lab_app.jobs.inquiry import Inquiry
from embedding_lab_app.notices import Notice
from embedding_lab_app.pages.training.run_curves import RunCurves

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from embedding_lab.jobs.events import JobFailed
    from embedding_lab.jobs.record import RunRecord
    from embedding_lab.registry.card import Card
    from embedding_lab.workspace.workspace import Workspace
    from embedding_lab_app.context import AppContext


@dataclass(frozen=True)
class TrainingRunLine:
    """A run with its highest learning rate as last ordered, and its result, if it has one."""

    record: RunRecord
    highest_rate: float
    result: dict[str, Any] | None

    @property
    def name(self) -> str:
        """What it is called beside others: the tuned encoder's name, or what it was to train."""
        inputs = self.record.job["inputs"]
        given = self.result["encoder"] if self.result else inputs.get("name")
        return str(given or f"{inputs['encoder']} on {inputs['corpus']}")


class RunsController(QObject):
    """Lists training runs and reads what they told; reading happens in a worker thread.

    Signals
    -------
    listed()
        There are others now.
    read(curves)
        The curves of the chosen runs.
    failed(event)
        They could not be read.
    """

    listed = Signal()
    read = Signal(object)
    failed = Signal(object)

    def __init__(self, context: AppContext, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._list = Inquiry(context.runner, self)
        self._curves = Inquiry(context.runner, self)
        self.lines: list[TrainingRunLine] = []
        self._list.answered.connect(self._on_listed)
        self._curves.answered.connect(self.read)
        for inquiry in (self._list, self._curves):
            inquiry.failed.connect(self._on_failed)
        context.workspace_opened.connect(self._on_workspace_opened)
        context.workspace_changed.connect(self._on_workspace_changed)

    @staticmethod
    def methods() -> list[Card]:
        """Return the cards of objectives and batch samplers; none if they cannot be read."""
        return [*method_cards(OBJECTIVES), *method_cards(SAMPLERS)]

    def reload(self) -> None:
        """Look for runs."""
        self._list.ask(_lines)

    def set_learning_rate(self, record: RunRecord, text: str) -> None:
        """Let a run go on with another learning rate when it is continued.

        Raises
        ------
        LabError
            If it cannot go on, or the text is no learning rate.
        """
        set_learning_rate(record, text)
        self._context.announce("runs", initiator=self)

    def delete(self, record: RunRecord) -> None:
        """Move a run to the trash and offer to put it back; what went wrong is told."""
        workspace = self._context.workspace

        def put_back() -> None:
            self._try(lambda: workspace.trash.restore(item))

        item = self._try(lambda: delete_training(workspace, record))
        if item:
            self._context.runner.forget(record.id)
            name = run_name(record) or record.title
            text = f"{name} is in the trash; the encoder it made stays."
            self._context.notices.add(Notice(text, action_title="Put back", action=put_back))

    def _try(self, act: Callable[[], Any]) -> Any:
        try:
            done = act()
        except (LabError, OSError) as error:
            self._context.notices.error(error)
            return None
        self._context.announce("runs", "trash")
        return done

    def ask_curves(self, lines: Sequence[TrainingRunLine]) -> None:
        """Read what some runs told."""
        wanted = [(line.name, line.record.folder) for line in lines]
        self._curves.ask(lambda _: [RunCurves.read(name, folder) for name, folder in wanted])

    def _on_listed(self, lines: list[TrainingRunLine]) -> None:
        self.lines = lines
        self.listed.emit()

    def _on_failed(self, event: JobFailed) -> None:
        self.failed.emit(event)

    def _on_workspace_opened(self, _workspace: object) -> None:
        self.lines = []
        self.reload()

    def _on_workspace_changed(self, kinds: frozenset[str], _initiator: object) -> None:
        if "runs" in kinds:
            self.reload()


def _lines(workspace: Workspace) -> list[TrainingRunLine]:
    return [
        TrainingRunLine(record, highest_learning_rate(record), record.result())
        for record in training_runs(workspace.runs_folder)
    ]
