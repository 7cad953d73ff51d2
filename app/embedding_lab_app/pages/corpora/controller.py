"""What the Corpora page does: intents become jobs, events become what the page shows."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from embedding_lab import resources
from embedding_lab.errors import LabError
from embedding_lab.jobs.events import Event, JobCompleted
from embedding_lab.jobs.record import find_run
from embedding_lab.workflows.embed_corpus import EmbedCorpus
from embedding_lab.workflows.export_report import ExportReport
from embedding_lab.workflows.export_rows import ExportRows
from embedding_lab.workflows.export_vectors import ExportVectors
from embedding_lab.workflows.import_corpus import ImportCorpus
from embedding_lab_app.jobs.live_embedding import live_embedding, live_embeddings
from embedding_lab_app.notices import Notice
from embedding_lab_app.pages.corpora.corpus_list import corpus_line
from embedding_lab_app.pages.corpora.import_draft import ImportDraft
from embedding_lab_app.widgets.wording import count

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from embedding_lab.jobs.job import Job
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.vector_set import VectorSet
    from embedding_lab.workspace.workspace import Workspace
    from embedding_lab_app.context import AppContext
    from embedding_lab_app.widgets.named_list import NamedLine

# The starter encoder needs some three minutes for these on two cores.
SOON_EMBEDDED = 20_000
READ_ANEW_AFTER = frozenset({"corpora", "embeddings", "encoders", "embedding_prompts", "trash"})
TABLE_FILES = "Tables (*.csv *.tsv);;JSON Lines (*.jsonl)"


class CorporaController(QObject):
    """Reads the workspace for the page and submits its jobs.

    Signals
    -------
    listed(lines)
        The corpora there are.
    shown(corpus)
        The chosen corpus as it stands now; ``None`` if there is none.
    job_running(run_id, job)
        An import, or an embedding of the chosen corpus, is waiting or running.
    job_ended(job, event)
        An import or embedding ended.
    """

    listed = Signal(object)
    shown = Signal(object)
    job_running = Signal(str, object)
    job_ended = Signal(object, object)

    def __init__(self, context: AppContext, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self.corpus: Corpus | None = None
        self._embeddings = live_embeddings(context.runner)
        self.draft = ImportDraft(context.runner, self)
        context.workspace_opened.connect(self._on_workspace_opened)
        context.workspace_changed.connect(self._on_workspace_changed)
        context.runner.job_changed.connect(self._on_runner_job_changed)
        context.runner.job_ended.connect(self._on_runner_job_ended)

    # Reading

    @property
    def workspace(self) -> Workspace:
        """The open workspace."""
        return self._context.workspace

    def lines(self) -> list[NamedLine]:
        """Return a line for each corpus, oldest first."""
        found, runner = self.workspace.vector_sets(), self._context.runner
        return [
            corpus_line(
                corpus,
                [item for item in found if item.meta.corpus_id == corpus.id],
                is_embedding=live_embedding(runner, corpus) is not None,
            )
            for corpus in self.workspace.corpora()
        ]

    def vector_sets(self) -> tuple[list[VectorSet], list[VectorSet]]:
        """Return the vector sets of the chosen corpus, and those of all."""
        everywhere = self.workspace.vector_sets()
        corpus_id = self.corpus.id if self.corpus else ""
        return [item for item in everywhere if item.meta.corpus_id == corpus_id], everywhere

    def reload(self) -> None:
        """Read the workspace anew, and show the corpus that was chosen if it is still there."""
        if self._context.has_workspace:
            self.choose(self.corpus.id if self.corpus else "")

    def choose(self, corpus_id: str) -> None:
        """Show a corpus; the first one if there is none with this id or name."""
        corpora = self.workspace.corpora()
        wanted = [item for item in corpora if corpus_id in {item.id, item.name}]
        self.corpus = next(iter(wanted or corpora), None)
        self.listed.emit(self.lines())
        self.shown.emit(self.corpus)
        for entry in self._context.runner.live_entries():
            self._on_runner_job_changed(entry.run_id)

    @property
    def is_soon_searchable(self) -> bool:
        """Whether the starter encoder makes the chosen corpus searchable in minutes."""
        corpus = self.corpus
        return (
            corpus is not None
            and self.workspace.is_writable
            and 0 < corpus.n_rows <= SOON_EMBEDDED
            and not corpus.n_pictures
            and not self.vector_sets()[0]
        )

    # Import

    def open_sample(self, sample: resources.Sample) -> None:
        """Show the preview of a bundled sample."""
        try:
            self.draft.start([resources.path(sample.name)])
        except LabError as error:
            self._context.notices.error(error)

    def start_import(self) -> str:
        """Begin the import that the preview shows and return its run; nothing if it cannot."""
        try:
            return self._context.runner.submit(self.draft.job())
        except LabError as error:
            self._context.notices.error(error)
            return ""

    def continue_run(self, run_id: str) -> None:
        """Take up an import where it was cancelled."""
        try:
            record = find_run(self.workspace.runs_folder, run_id)
            self._context.runner.continue_run(record)
        except LabError as error:
            self._context.notices.error(error)

    # The chosen corpus

    def embed(self, job: EmbedCorpus) -> None:
        """Begin an embedding."""
        self._submit(job)

    def rename(self) -> None:
        """Ask for another name and give it to the chosen corpus."""
        corpus = self.corpus
        if corpus is None:
            return
        name = self._context.asker.text("Rename the corpus", "Name of the corpus", corpus.name)
        if name is not None and name != corpus.name:
            self._try(partial(self.workspace.rename_corpus, corpus, name), "corpora")

    def delete(self) -> None:
        """Ask, then move the chosen corpus and its embeddings to the trash."""
        corpus = self.corpus
        if corpus is None or self._is_used(corpus):
            return
        n_sets = len(self.vector_sets()[0])
        with_sets = f" and its {count(n_sets, 'set of embeddings', 'sets of embeddings')}"
        sentence = (
            f"Move {corpus.name} ({count(corpus.n_rows, 'row')}){with_sets if n_sets else ''} to "
            "the trash?"
        )
        if self._context.asker.confirm(
            "Delete the corpus", sentence, "Move to the trash", is_dangerous=True
        ):
            self._delete(partial(self.workspace.delete_corpus, corpus), corpus.name)

    def delete_vectors(self, vector_set: VectorSet | None) -> None:
        """Move a vector set to the trash; it can be put back."""
        if vector_set is None or self.corpus is None or self._is_used(self.corpus):
            return
        name = f"The embeddings by {vector_set.meta.encoder_name}"
        self._delete(lambda: [self.workspace.delete_vector_set(vector_set)], name)

    def _is_used(self, corpus: Corpus) -> bool:
        """Say so if a job still works on a corpus."""
        live = live_embedding(self._context.runner, corpus)
        if live is not None:
            self._context.notices.error(
                LabError(
                    f"{live[1].title} is not done yet.",
                    hint="Wait for it or cancel it, then delete.",
                )
            )
        return live is not None

    def _delete(self, act: Callable[[], list[str]], name: str) -> None:
        items = self._try(act, "corpora", "embeddings", "trash")
        if items:
            self._context.notices.add(
                Notice(
                    f"{name} is in the trash.",
                    action_title="Put back",
                    action=partial(self._put_back, list(reversed(items))),
                )
            )

    def _put_back(self, items: list[str]) -> None:
        def restore() -> None:
            for item in items:
                self.workspace.trash.restore(item)

        self._try(restore, "corpora", "embeddings", "trash")

    def _try(self, act: Callable[[], Any], *kinds: str) -> Any:
        """Do something to the workspace and tell everybody, or tell what went wrong."""
        try:
            done = act()
        except (LabError, OSError) as error:
            self._context.notices.error(error)
            return None
        self._context.announce(*kinds)
        return done

    # Taking away

    def export_rows(self, expression: str, rows: tuple[int, ...]) -> None:
        """Ask for a file and write rows to it: these, or all that fit the filter."""
        corpus = self.corpus
        if corpus is not None:
            path = self._ask_file("Export rows", f"{corpus.name}.csv", TABLE_FILES)
            if path is not None:
                self._submit(ExportRows(corpus.id, str(path), filter=expression, rows=rows))

    def export_report(self) -> None:
        """Ask for a file and write the import report to it."""
        corpus = self.corpus
        if corpus is not None:
            name = f"{corpus.name} report.csv"
            path = self._ask_file("Export the report", name, "Tables (*.csv *.tsv)")
            if path is not None:
                self._submit(ExportReport(corpus.id, str(path)))

    def export_vectors(self, vector_set: VectorSet | None) -> None:
        """Ask for a file and write the vectors of an encoder to it."""
        corpus = self.corpus
        if corpus is not None and vector_set is not None:
            name = f"{corpus.name}.npy"
            path = self._ask_file("Export the vectors", name, "NumPy arrays (*.npy)")
            if path is not None:
                encoder, key = vector_set.meta.encoder_name, vector_set.key
                self._submit(ExportVectors(corpus.id, encoder, to=str(path), key=key))

    def find_like(self, row: int) -> None:
        """Search for rows like one of the chosen corpus."""
        if self.corpus is not None:
            self._context.navigate("search", corpus=self.corpus.id, like_row=row)

    def _ask_file(self, title: str, suggestion: str, name_filter: str) -> Path | None:
        return self._context.asker.save_file(title, suggestion, name_filter)

    def _submit(self, job: Job[Any]) -> None:
        try:
            self._context.runner.submit(job)
        except LabError as error:
            self._context.notices.error(error)

    # Events

    def _concerns(self, job: Job[Any]) -> bool:
        if isinstance(job, EmbedCorpus):
            names = {self.corpus.name, self.corpus.id} if self.corpus else set()
            return job.corpus in names
        return isinstance(job, ImportCorpus)

    def _on_workspace_opened(self, _workspace: object) -> None:
        self.draft.close()
        self.corpus = None
        self.reload()

    def _on_workspace_changed(self, kinds: frozenset[str], _initiator: object) -> None:
        if kinds & READ_ANEW_AFTER:
            self.reload()

    def _on_runner_job_changed(self, run_id: str) -> None:
        embeddings = live_embeddings(self._context.runner)
        if embeddings != self._embeddings:
            self._embeddings = embeddings
            self.listed.emit(self.lines())
        entry = self._context.runner.entry(run_id)
        if entry is not None and not entry.state.is_final and self._concerns(entry.job):
            self.job_running.emit(run_id, entry.job)

    def _on_runner_job_ended(self, run_id: str, event: Event) -> None:
        entry = self._context.runner.entry(run_id)
        if entry is None or not isinstance(entry.job, ImportCorpus | EmbedCorpus):
            return
        if isinstance(entry.job, ImportCorpus) and isinstance(event, JobCompleted):
            self.choose(str(event.result["id"]))
        if self._concerns(entry.job):
            self.job_ended.emit(entry.job, event)
