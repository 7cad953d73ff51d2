"""Instructions for retrieval: what stands in the table becomes a comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from embedding_lab.errors import LabError, UsageError
from embedding_lab.evaluation.retrieval import load_task
from embedding_lab.jobs.events import JobCompleted, JobFailed, PartialResult
from embedding_lab.prompts.choices import instructions_in
from embedding_lab.prompts.experiments import INSTRUCTIONS, ExperimentStore
from embedding_lab.workflows.compare_instructions import CompareInstructions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from embedding_lab.jobs.events import Event
    from embedding_lab.prompts.experiments import Items
    from embedding_lab_app.context import AppContext
    from embedding_lab_app.pages.prompts.choices import PromptChoices

NONE, DEPTH = "-", 10


class InstructionsController(QObject):
    """Holds the instructions and runs their comparison.

    Signals
    -------
    changed()
        Other instructions, or another corpus.
    given(rows)
        A file's instructions are to stand in the table.
    running(run_id)
        A comparison began, or ended: no id then.
    compared(result)
        It ended well.
    failed(event)
        It did not.
    """

    changed = Signal()
    given = Signal(object)
    running = Signal(str)
    compared = Signal(object)
    failed = Signal(object)

    def __init__(self, context: AppContext, choices: PromptChoices, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._choices = choices
        self.queries: tuple[str, ...] = ()
        self.documents: tuple[str, ...] = ()
        self.split = ""
        self.depth = DEPTH
        self._run_id = ""
        self.result: dict[str, Any] | None = None
        self._items: Items = {}
        context.runner.event_received.connect(self._on_event)
        context.runner.job_ended.connect(self._on_job_ended)

    def take(self, rows: Iterable[Sequence[str]]) -> None:
        """Take the rows of the table: an instruction for queries, and one for documents.

        A hyphen stands for none; documents count if any row has one.
        """
        pairs = [(_literal(query), _literal(document)) for query, document in rows]
        has_documents = any(document for _, document in pairs)
        self.queries = tuple(query for query, _ in pairs)
        self.documents = tuple(document for _, document in pairs) if has_documents else ()
        self.changed.emit()

    def judge_by(self, split: str, depth: int) -> None:
        """Choose the judgements, the usual ones without a name, and the depth of nDCG."""
        self.split, self.depth = split, depth
        self.changed.emit()

    def splits(self) -> tuple[str, ...]:
        """Return the names of the judgements that the corpus has."""
        return self._choices.corpus.splits if self._choices.corpus is not None else ()

    @property
    def error(self) -> str:
        """What is wrong with the instructions; empty if nothing is."""
        if len(self.queries) < 2:
            return "There must be at least two instructions to compare; a hyphen stands for none."
        pairs = list(zip(self.queries, self.documents or self.queries, strict=True))
        return "Two instructions are the same." if len(set(pairs)) < len(pairs) else ""

    def n_judged(self) -> int:
        """Return how many judged queries the corpus has for this; 0 without judgements."""
        corpus = self._choices.corpus
        if corpus is None or not corpus.splits:
            return 0
        try:
            return len(load_task(corpus, self.split).queries)
        except LabError:
            return 0

    def read_file(self, path: Path) -> None:
        """Take the instructions of a file.

        Raises
        ------
        LabError
            If it cannot be read.
        """
        queries, documents = instructions_in(path)
        rows = [(query or NONE, "") for query in queries]
        if len(documents) == len(queries):
            rows = [
                (query or NONE, document or NONE)
                for query, document in zip(queries, documents, strict=True)
            ]
        self.given.emit(rows)

    def job(self) -> CompareInstructions:
        """Return the comparison of what stands in the table."""
        corpus, encoder = self._choices.corpus, self._choices.encoder
        return CompareInstructions(
            corpus.name if corpus else "",
            encoder.name if encoder else "",
            self.queries,
            self.documents,
            split=self.split,
            k=self.depth,
        )

    def compare(self) -> None:
        """Run the comparison.

        Raises
        ------
        LabError
            If the workspace does not take it.
        """
        self._run_id = self._context.runner.submit(self.job())
        self.running.emit(self._run_id)

    def keep(self, name: str) -> None:
        """Save the last comparison under a name.

        Raises
        ------
        LabError
            If there is none, the name is taken, or the workspace cannot be written.
        """
        if self.result is None:
            raise UsageError("Nothing is tested yet.", hint="Test first, then save.")
        store = ExperimentStore(self._context.workspace)
        store.save(name, INSTRUCTIONS, self.result, self._items)
        self._context.announce("experiments", initiator=self)

    def forget(self) -> None:
        """Drop what belongs to another corpus."""
        self.result, self._items = None, {}

    def _on_event(self, run_id: str, event: Event) -> None:
        if run_id == self._run_id and isinstance(event, PartialResult):
            self._items = event.value

    def _on_job_ended(self, run_id: str, event: Event) -> None:
        if run_id != self._run_id:
            return
        self._run_id = ""
        if isinstance(event, JobCompleted):
            self.result = event.result
        self.running.emit("")
        if isinstance(event, JobCompleted):
            self.compared.emit(event.result)
            self._context.announce("embeddings", initiator=self)
        elif isinstance(event, JobFailed):
            self.failed.emit(event)


def _literal(cell: str) -> Any:
    # Spaces at the end belong to an instruction.
    return "" if cell.strip() == NONE else cell
