"""What the Search page wants becomes jobs; what the jobs find goes back to the page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from embedding_lab.encoders.prompts import resolve_prompt
from embedding_lab.encoders.starter import STARTER
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.jobs.events import JobCompleted, JobFailed, JobLogged
from embedding_lab.search.filters import filter_problem
from embedding_lab.types import Modality, Role
from embedding_lab.workflows.embed_choices import choices_of
from embedding_lab.workflows.embed_corpus import EmbedCorpus
from embedding_lab.workflows.export_rows import ExportRows
from embedding_lab.workflows.search_corpus import SearchCorpus
from embedding_lab.workspace.corpus_pictures import thumbnails
from embedding_lab_app.pages.search.embedding_watch import EmbeddingWatch
from embedding_lab_app.pages.search.encoder_choice import EncoderChoice, encoder_choices
from embedding_lab_app.pages.search.results_model import Hit, hits_of
from embedding_lab_app.pages.search.wish import Wish
from embedding_lab_app.widgets.pause import pause

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.jobs.events import Event
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab_app.context import AppContext

PAUSE_MS = 200
EXAMPLES = 3


class SearchController(QObject):
    """Holds the wish, searches a moment after it changed, and keeps the last result.

    Signals
    -------
    choices_changed()
        The corpora, or the encoders of the chosen one, are others now.
    searching(message)
        A search began; the message is not empty while the engine is loading.
    found()
        ``hits`` and ``result`` are new.
    failed(message, hint, details)
        The last search came to nothing.
    """

    choices_changed = Signal()
    searching = Signal(str)
    found = Signal()
    failed = Signal(str, str, str)

    def __init__(self, context: AppContext, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self.wish = Wish()
        self.hits: list[Hit] = []
        self.result: dict[str, Any] = {}
        self.corpora: list[Corpus] = []
        self.encoders: list[EncoderChoice] = []
        self._run_id = ""
        self.embedding = EmbeddingWatch(context.runner, self)
        self.embedding.started.connect(self.choices_changed)
        self.embedding.begun.connect(self._on_embedding_begun)
        self.embedding.ended.connect(self._on_embedding_ended)
        self._pause = pause(self, PAUSE_MS, self.search_now)
        context.runner.event_received.connect(self._on_event)
        context.runner.job_ended.connect(self._on_job_ended)
        context.workspace_opened.connect(self._on_workspace_opened)
        context.workspace_changed.connect(self._on_workspace_changed)

    # What there is

    @property
    def corpus(self) -> Corpus | None:
        """The chosen corpus."""
        for corpus in self.corpora:
            if corpus.id == self.wish.corpus_id:
                return corpus
        return None

    @property
    def n_stale(self) -> int:
        """How many rows of the corpus the chosen encoder has not embedded."""
        return self.choice.n_missing if self.choice is not None else 0

    @property
    def is_filled_up(self) -> bool:
        """Whether the chosen encoder embeds the rows that it has not embedded yet."""
        record = self.choice.record if self.choice is not None else None
        return record is not None and self.embedding.encoder in {record.name, record.id}

    @property
    def choice(self) -> EncoderChoice | None:
        """The chosen encoder and which of its vectors."""
        wish = self.wish
        for choice in self.encoders:
            is_meant = wish.modality in {"", choice.modality}
            is_meant &= wish.embedding_prompt in {None, choice.meta.embedding_prompt}
            if choice.record.id == wish.encoder_id and is_meant:
                return choice
        return None

    @property
    def prompts(self) -> dict[str, str]:
        """The prompts of the chosen encoder that may stand before a query."""
        choice = self.choice
        return choice.record.prompts if choice is not None and not choice.meta.rendering else {}

    @property
    def usual_prompt(self) -> str:
        """What the chosen encoder puts before a query unless told otherwise."""
        choice = self.choice
        return resolve_prompt(choice.record, role=Role.QUERY) if choice is not None else ""

    def examples(self) -> list[str]:
        """Return a few of the corpus's own queries to begin with."""
        corpus = self.corpus
        if corpus is None or corpus.n_queries == 0:
            return []
        queries = corpus.queries(corpus.splits[0] if corpus.splits else None)
        step = max(1, len(queries) // EXAMPLES)
        return [query.text for query in queries[::step]][:EXAMPLES]

    def labels(self) -> list[str]:
        """Return the labels of the corpus, most frequent first."""
        return list(self.corpus.labels()) if self.corpus is not None else []

    def reload(self) -> None:
        """Read corpora and encoders again, keeping what is chosen where it is still there."""
        self.corpora = self._context.workspace.corpora()
        known = {corpus.id for corpus in self.corpora}
        if self.wish.corpus_id not in known:
            first = self.corpora[0].id if self.corpora else ""
            self.wish = replace(self.wish, corpus_id=first, like_row=-1)
        self._reload_encoders()
        self.choices_changed.emit()

    def _reload_encoders(self) -> None:
        self.encoders = []
        corpus = self.corpus
        self.embedding.look_at(corpus)
        if corpus is None:
            return
        workspace = self._context.workspace
        for record in EncoderStore(workspace).list():
            self.encoders += encoder_choices(workspace, corpus, record)
        if self.choice is None:
            best = max(self.encoders, key=lambda choice: choice.n_rows, default=None)
            self.wish = replace(
                self.wish,
                encoder_id=best.record.id if best else "",
                modality=best.modality if best else "",
                embedding_prompt=best.meta.embedding_prompt if best else None,
                prompt=None,
            )

    # What is wanted

    def want(self, **changes: Any) -> None:
        """Change the wish and search a moment later."""
        before = self.wish
        self.wish = replace(before, **changes)
        if self.wish.encoder_id != before.encoder_id:
            left = {"prompt": None, "embedding_prompt": None} | changes
            self.wish = replace(self.wish, **left)
        if self.wish.embedding_prompt != before.embedding_prompt and "prompt" not in changes:
            self.wish = replace(self.wish, prompt=None)
        if self.wish.corpus_id != before.corpus_id:
            self.wish = replace(self.wish, like_row=changes.get("like_row", -1), image="")
            self._reload_encoders()
            self.choices_changed.emit()
        if self.wish != before:
            self._pause.start()

    def choose_vectors(self, key: str) -> None:
        """Search among other vectors, by the key of an :class:`EncoderChoice`."""
        for choice in self.encoders:
            if choice.key == key:
                self.want(
                    encoder_id=choice.record.id,
                    modality=choice.modality,
                    embedding_prompt=choice.meta.embedding_prompt,
                )

    def filter_error(self, text: str) -> str:
        """Return what is wrong with a filter; empty if nothing is."""
        return filter_problem(text, self.corpus) if self.corpus is not None else ""

    @property
    def takes_pictures(self) -> bool:
        """Whether the chosen encoder can search by a picture."""
        return self.choice is not None and Modality.IMAGE in self.choice.record.modalities

    def search_now(self) -> None:
        """Search without waiting for a pause in the typing."""
        self._pause.stop()
        # The window may have been closed during the pause.
        if not self._context.has_workspace:
            return
        if self.wish.is_empty or not self.encoders or self.filter_error(self.wish.filter):
            return
        self._run_id = self._context.runner.submit(self.job(), owner=self)
        self.searching.emit("")

    def job(self) -> SearchCorpus:
        """Return the search as a job, with names, for whoever reads or copies it."""
        wish, corpus, choice = self.wish, self.corpus, self.choice
        is_one_of_several = choice is not None and choice.is_one_of_several
        return SearchCorpus(
            corpus=corpus.name if corpus is not None else wish.corpus_id,
            query=wish.query if wish.like_row < 0 and not wish.image else "",
            like_row=-1 if wish.image else wish.like_row,
            image=wish.image,
            encoder=choice.record.name if choice is not None else wish.encoder_id,
            k=wish.k,
            filter=wish.filter,
            prompt=wish.prompt,
            modality=choice.modality if choice is not None and is_one_of_several else "",
            embedding_prompt=choice.meta.embedding_prompt
            if choice is not None and is_one_of_several
            else None,
        )

    def embed(self) -> str:
        """Embed what is missing of the corpus, as the chosen vectors were or with the starter."""
        job, choice = self.job(), self.choice
        choices = choices_of(self._context.workspace, choice.meta) if choice else {}
        return self._context.runner.submit(
            EmbedCorpus(job.corpus, job.encoder or STARTER, **choices)
        )

    def export(self, to: Path, rows: list[int] | None = None) -> None:
        """Write results to a CSV, TSV or JSON Lines file, all or those of some corpus rows."""
        chosen = [hit for hit in self.hits if rows is None or hit.row in rows]
        job = ExportRows(
            self.wish.corpus_id,
            str(to),
            rows=tuple(hit.row for hit in chosen),
            scores=tuple(round(hit.score, 6) for hit in chosen),
        )
        self._context.runner.submit(job)

    # What comes back

    def _on_embedding_begun(self) -> None:
        self.reload()
        self.search_now()

    def _on_embedding_ended(self) -> None:
        # What was found may lack the rows that came last.
        self.choices_changed.emit()
        self.search_now()

    def _on_event(self, run_id: str, event: Event) -> None:
        if run_id == self._run_id and isinstance(event, JobLogged):
            self.searching.emit(event.message)

    def _on_job_ended(self, run_id: str, event: Event) -> None:
        if run_id != self._run_id:
            return
        if isinstance(event, JobCompleted):
            self.result = event.result
            self.hits = hits_of(event.result, self._small_copies(event.result))
            self.found.emit()
        elif isinstance(event, JobFailed):
            self.failed.emit(event.message, event.hint, event.details)

    def _small_copies(self, result: dict[str, Any]) -> dict[str, bytes]:
        digests = [item["picture"] for item in result["results"] if "picture" in item]
        return thumbnails(self.corpus, digests) if digests and self.corpus is not None else {}

    def _on_workspace_opened(self, _workspace: object) -> None:
        self.wish, self.hits, self.result = Wish(), [], {}
        self.reload()

    def _on_workspace_changed(self, kinds: frozenset[str], _initiator: object) -> None:
        if kinds & {"corpora", "embeddings", "encoders"}:
            had_encoders = bool(self.encoders)
            self.reload()
            if not had_encoders and self.encoders:
                self.search_now()
