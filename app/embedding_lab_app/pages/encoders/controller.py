"""What the Encoders page does: intents become questions and jobs, answers become what it shows."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from embedding_lab.encoders.fingerprint import find_vector_set
from embedding_lab.encoders.starter import STARTER
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.errors import LabError
from embedding_lab.jobs.events import JobCompleted, JobFailed, JobLogged
from embedding_lab.workflows.embed_corpus import EmbedCorpus
from embedding_lab_app.jobs.inquiry import Inquiry
from embedding_lab_app.notices import Notice
from embedding_lab_app.pages.encoders.encoder_draft import EncoderDraft
from embedding_lab_app.pages.encoders.hub_draft import HubDraft
from embedding_lab_app.widgets.pause import pause

if TYPE_CHECKING:
    from collections.abc import Callable

    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.jobs.events import Event
    from embedding_lab.workflows.compare_texts import CompareTexts
    from embedding_lab.workflows.measure_encoder import MeasureEncoder
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.workspace import Workspace
    from embedding_lab_app.context import AppContext

PAUSE_MS = 300
KINDS = ("encoders", "embeddings", "trash")


class EncodersController(QObject):
    """Reads the encoders, adds, renames and removes them, and compares texts.

    Signals
    -------
    listed()
        ``records`` and ``record`` were read anew, or another one was chosen.
    comparing(message)
        A comparison began; the message is not empty while the engine is loading.
    compared(result)
        What :class:`CompareTexts` returned.
    compare_failed(event)
        Its :class:`JobFailed`.
    measuring(run_id)
        A measurement began, or ended if the id is empty.
    measured(result), measure_failed(event)
        What :class:`MeasureEncoder` returned, or its :class:`JobFailed`.
    """

    listed = Signal()
    comparing = Signal(str)
    compared = Signal(object)
    compare_failed = Signal(object)
    measuring = Signal(str)
    measured = Signal(object)
    measure_failed = Signal(object)

    def __init__(self, context: AppContext, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self.records: list[EncoderRecord] = []
        self.chosen_id = STARTER
        self.is_read = False
        self.draft = EncoderDraft(context.runner, self)
        self.draft.added.connect(self._on_draft_added)
        self.hub = HubDraft(context, self)
        self.hub.added.connect(self._on_hub_added)
        # A folder that changed since is read again whole, which may take a while.
        self._reading = Inquiry(context.runner, self)
        self._reading.answered.connect(self._on_reading_answered)
        self._reading.failed.connect(self._on_reading_failed)
        self._measure_run = ""
        context.runner.job_ended.connect(self._on_runner_job_ended)
        self._comparison: CompareTexts | None = None
        self._run_id = ""
        self._pause = pause(self, PAUSE_MS, self.compare_now)
        context.runner.event_received.connect(self._on_event)
        context.workspace_opened.connect(self._on_workspace_opened)
        context.workspace_changed.connect(self._on_workspace_changed)

    # Reading

    @property
    def record(self) -> EncoderRecord | None:
        """The chosen encoder; the first one where the chosen one is gone."""
        found = [item for item in self.records if item.id == self.chosen_id]
        return next(iter(found or self.records), None)

    def reload(self) -> None:
        """Read the encoders anew, in a worker thread."""
        self._reading.ask(_list_encoders)

    def choose(self, encoder_id: str) -> None:
        """Show an encoder."""
        self.chosen_id = encoder_id
        self.listed.emit()

    def embedded(self, record: EncoderRecord) -> list[tuple[Corpus, int]]:
        """Return the corpora that hold vectors of an encoder as it is now, and of how many rows."""
        workspace = self._context.workspace
        found = [
            (corpus, find_vector_set(workspace, corpus, record)) for corpus in workspace.corpora()
        ]
        return [(corpus, item.n_rows) for corpus, item in found if item and item.n_rows]

    # Changing

    def rename(self) -> None:
        """Ask for another name and give it to the chosen encoder."""
        record = self.record
        if record is None:
            return
        name = self._context.asker.text("Rename the encoder", "Name of the encoder", record.name)
        if name is not None and name != record.name:
            self._try(partial(self._store().rename, record, name), "encoders")

    def trust(self) -> None:
        """Let the chosen encoder's own program code run, as its files are now."""
        record = self.record
        if record is not None:
            self._try(partial(self._store().trust, record), "encoders")

    def delete(self) -> None:
        """Ask, then move the chosen encoder's record to the trash."""
        record = self.record
        if record is None or self._is_used(record):
            return
        sentence = (
            f"Move {record.name} to the trash? Its folder {record.folder} stays untouched, and so "
            "do the vectors it made."
        )
        if not self._context.asker.confirm(
            "Delete the encoder", sentence, "Move to the trash", is_dangerous=True
        ):
            return
        item = self._try(partial(self._store().delete, record), "encoders", "trash")
        if item:
            self._context.notices.add(
                Notice(
                    f"{record.name} is in the trash.",
                    action_title="Put back",
                    action=partial(self._put_back, item),
                )
            )

    def _put_back(self, item: str) -> None:
        restore = self._context.workspace.trash.restore
        self._try(lambda: restore(item), "encoders", "trash")

    def _is_used(self, record: EncoderRecord) -> bool:
        names = {record.name, record.id}
        for entry in self._context.runner.live_entries():
            if isinstance(entry.job, EmbedCorpus) and entry.job.encoder in names:
                self._context.notices.error(
                    LabError(
                        f"{entry.job.title} is not done yet.",
                        hint="Wait for it or cancel it, then delete the encoder.",
                    )
                )
                return True
        return False

    def _store(self) -> EncoderStore:
        return EncoderStore(self._context.workspace)

    def _try(self, act: Callable[[], Any], *kinds: str) -> Any:
        try:
            done = act()
        except (LabError, OSError) as error:
            self._context.notices.error(error)
            return None
        if kinds:
            self._context.announce(*kinds)
        return done

    # Trying

    def compare(self, comparison: CompareTexts | None) -> None:
        """Compare two texts a moment from now; ``None`` calls it off."""
        self._comparison = comparison
        if comparison is None:
            self._pause.stop()
        else:
            self._pause.start()

    def compare_now(self) -> None:
        """Compare without waiting for a pause in the typing."""
        self._pause.stop()
        # The window may have been closed during the pause.
        if self._comparison is not None and self._context.has_workspace:
            self._run_id = self._context.runner.submit(self._comparison, owner=self)
            self.comparing.emit("")

    # Measuring

    def measure(self, job: MeasureEncoder) -> None:
        """Measure the chosen encoder on rows of a corpus."""
        run_id = self._try(partial(self._context.runner.submit, job))
        if run_id:
            self._measure_run = run_id
            self.measuring.emit(run_id)

    def _on_runner_job_ended(self, run_id: str, event: Event) -> None:
        if run_id != self._measure_run:
            return
        self._measure_run = ""
        self.measuring.emit("")
        if isinstance(event, JobCompleted):
            self.measured.emit(event.result)
        elif isinstance(event, JobFailed):
            self.measure_failed.emit(event)

    # What comes back

    def _on_event(self, run_id: str, event: Event) -> None:
        if run_id != self._run_id:
            return
        if isinstance(event, JobLogged):
            self.comparing.emit(event.message)
        elif isinstance(event, JobCompleted):
            self.compared.emit(event.result)
        elif isinstance(event, JobFailed):
            self.compare_failed.emit(event)

    def _on_reading_answered(self, records: list[EncoderRecord]) -> None:
        self.records, self.is_read = records, True
        self.listed.emit()

    def _on_reading_failed(self, event: JobFailed) -> None:
        self._context.notices.error(LabError(event.message, hint=event.hint))

    def _on_hub_added(self, encoder_id: str) -> None:
        self.chosen_id = encoder_id
        self._context.announce("encoders")

    def _on_draft_added(self, record: EncoderRecord) -> None:
        self.chosen_id = record.id
        self._context.announce("encoders")

    def _on_workspace_opened(self, _workspace: object) -> None:
        self.draft.close()
        self.chosen_id, self.records, self.is_read = STARTER, [], False
        self.compare(None)
        self.reload()

    def _on_workspace_changed(self, kinds: frozenset[str], _initiator: object) -> None:
        if kinds & set(KINDS):
            self.reload()


def _list_encoders(workspace: Workspace) -> list[EncoderRecord]:
    return EncoderStore(workspace).list()
