"""A folder that may become an encoder: what is in it, and what the user decided."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from embedding_lab.encoders.describe import describe_folder
from embedding_lab.encoders.store import EncoderStore
from embedding_lab_app.jobs.inquiry import Inquiry

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.jobs.events import JobFailed
    from embedding_lab.workspace.workspace import Workspace
    from embedding_lab_app.jobs.runner import JobRunner


@dataclass(frozen=True)
class Choices:
    """What the folder does not say, or the user wants otherwise."""

    name: str = ""
    pooling: str = ""
    max_length: int = 0
    prompts: dict[str, str] = field(default_factory=dict)
    text_encoder: str = ""
    trusts_code: bool = False


class EncoderDraft(QObject):
    """Reads a folder in a worker thread, and adds it when the user says so.

    Signals
    -------
    changed()
        Folder, record or error are others now.
    added(record)
        The folder is an encoder of the workspace now.
    """

    changed = Signal()
    added = Signal(object)

    def __init__(self, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.folder: Path | None = None
        self.record: EncoderRecord | None = None
        self.error: JobFailed | None = None
        self._reading = Inquiry(runner, self)
        self._reading.answered.connect(self._on_reading_answered)
        self._reading.failed.connect(self._on_failed)
        self._adding = Inquiry(runner, self)
        self._adding.answered.connect(self._on_adding_answered)
        self._adding.failed.connect(self._on_failed)

    @property
    def is_open(self) -> bool:
        """Whether a folder is being looked at."""
        return self.folder is not None

    @property
    def is_adding(self) -> bool:
        """Whether the folder is being added."""
        return self._adding.is_waiting

    def start(self, folder: Path, name: str = "") -> None:
        """Look at a folder, and suggest a name for it."""
        self.folder, self.record, self.error = folder, None, None
        self._reading.ask(partial(_describe, folder, name))
        self.changed.emit()

    def close(self) -> None:
        """Forget the folder; nothing was written."""
        self._reading.drop()
        self.folder, self.record, self.error = None, None, None
        self.changed.emit()

    def add(self, choices: Choices) -> None:
        """Make the folder an encoder of the workspace."""
        if self.folder is not None and not self.is_adding:
            self.error = None
            self._adding.ask(partial(_add, self.folder, choices))
            self.changed.emit()

    def _on_reading_answered(self, record: EncoderRecord) -> None:
        self.record = record
        self.changed.emit()

    def _on_adding_answered(self, record: EncoderRecord) -> None:
        self.close()
        self.added.emit(record)

    def _on_failed(self, event: JobFailed) -> None:
        self.error = event
        self.changed.emit()


def _describe(folder: Path, name: str, _workspace: Workspace) -> EncoderRecord:
    return describe_folder(folder, name)


def _add(folder: Path, choices: Choices, workspace: Workspace) -> EncoderRecord:
    return EncoderStore(workspace).add(
        folder,
        choices.name,
        pooling=choices.pooling,
        max_length=choices.max_length,
        prompts=choices.prompts,
        text_encoder=choices.text_encoder,
        trusts_code=choices.trusts_code,
    )
