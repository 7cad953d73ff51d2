"""The Corpora page: the list on the left; a preview, a corpus or an invitation on the right."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QStackedWidget, QWidget

from embedding_lab.jobs.events import Event, JobCancelled, JobCompleted, JobFailed
from embedding_lab.resources import SAMPLES
from embedding_lab.workflows.embed_corpus import EmbedCorpus
from embedding_lab_app.jobs.job_card import JobCard
from embedding_lab_app.pages.base import Page
from embedding_lab_app.pages.corpora.controller import CorporaController
from embedding_lab_app.pages.corpora.copy_as import as_command, as_python
from embedding_lab_app.pages.corpora.corpus_view import CorpusView
from embedding_lab_app.pages.corpora.embeddings_view import outcome_sentence
from embedding_lab_app.pages.corpora.preview_view import PreviewView
from embedding_lab_app.widgets.buttons import Button
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import boxed, column
from embedding_lab_app.widgets.named_list import NamedList
from embedding_lab_app.widgets.row_inspector import RowInspector
from embedding_lab_app.widgets.side_splitter import SideSplitter
from embedding_lab_app.widgets.surfaces import Banner, EmptyState

if TYPE_CHECKING:
    from embedding_lab.jobs.job import Job
    from embedding_lab.workspace.corpus import Corpus, Document
    from embedding_lab_app.context import AppContext
    from embedding_lab_app.widgets.named_list import NamedLine
PLACES = {
    "rows": "corpora#rows",
    "report": "corpora#the-report",
    "queries": "corpora#queries",
    "embeddings": "embedding",
}


class CorporaPage(Page):
    """Import files, look at what came in, and embed it."""

    page_id: ClassVar[str] = "corpora"
    title: ClassVar[str] = "Corpora"
    icon: ClassVar[str] = "stack"
    manual: ClassVar[str] = "corpora"

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self.controller = CorporaController(context, self)
        self._row_inspector = RowInspector()
        self._importing = ""
        self._build()
        self._connect()
        self.controller.reload()

    # Building

    def _build(self) -> None:
        context = self.context
        self.list = NamedList(context.theme, "Corpora")
        self.preview = PreviewView(self.controller.draft)
        self.corpus_view = CorpusView(context)
        self.empty = EmptyState(
            "No corpus yet",
            "Drop files or a folder of texts anywhere on this window, or choose them here.",
            ("Import files…", self._import_files),
            ("Import a folder…", self._import_folder),
            *(
                (f"Use the {sample.title} sample", partial(self.controller.open_sample, sample))
                for sample in (SAMPLES[0], SAMPLES[2])
            ),
        )
        self.reading = EmptyState(
            "Reading the files", "The corpus opens here when every row has been read."
        )
        self.import_card = JobCard(context.runner)
        self.banner = Banner()
        self.stack = QStackedWidget()
        for widget in (self.empty, self.reading, self.preview, self.corpus_view):
            self.stack.addWidget(widget)
        card = boxed(column(self.import_card, margins=(24, 16, 24, 0)))
        self._card_room = card
        card.hide()
        right = boxed(column(self.banner, card, self.stack, spacing=0))
        self.side = self._make_side()
        self.splitter = SideSplitter(self.side, right)
        self.setLayout(column(self.splitter))

    def _make_side(self) -> QWidget:
        self.import_button = Button("Import files…", self._import_files)
        self.folder_button = Button("Import a folder…", self._import_folder)
        return boxed(
            column(
                Label("Corpora", "heading"),
                self.list,
                self.import_button,
                self.folder_button,
                spacing=8,
                margins=(12, 16, 12, 16),
            )
        )

    def _connect(self) -> None:
        controller, view = self.controller, self.corpus_view
        controller.listed.connect(self._on_controller_listed)
        controller.shown.connect(self._on_controller_shown)
        controller.job_running.connect(self._on_controller_job_running)
        controller.job_ended.connect(self._on_controller_job_ended)
        controller.draft.changed.connect(self._on_draft_changed)
        self.list.item_chosen.connect(self._on_list_item_chosen)
        self.preview.accepted.connect(self._on_preview_accepted)
        self.preview.others_wanted.connect(self._import_files)
        self.preview.cancelled.connect(controller.draft.close)
        view.rename_wanted.connect(controller.rename)
        view.delete_wanted.connect(controller.delete)
        view.rows.row_shown.connect(self._on_row_shown)
        view.queries.row_shown.connect(self._on_row_shown)
        view.rows.like_wanted.connect(controller.find_like)
        view.rows.export_wanted.connect(controller.export_rows)
        view.report.export_wanted.connect(controller.export_report)
        view.embeddings.embed_wanted.connect(controller.embed)
        view.embeddings.delete_wanted.connect(controller.delete_vectors)
        view.embeddings.export_wanted.connect(controller.export_vectors)
        self._row_inspector.like_wanted.connect(controller.find_like)
        for keys, act in (("Del", controller.delete), ("F2", controller.rename)):
            shortcut = QShortcut(QKeySequence(keys), self.list)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(act)

    # Page

    @property
    def manual_place(self) -> str:
        """The manual's place about the part that is shown."""
        shown = self.stack.currentWidget()
        if shown is self.preview:
            return "corpora#the-preview"
        return PLACES[self.corpus_view.segment] if shown is self.corpus_view else self.manual

    def inspector(self) -> QWidget | None:
        """Return the inspector of rows."""
        return self._row_inspector

    def open_with(self, arguments: dict[str, Any]) -> None:
        """Preview ``paths``, or show a ``corpus`` and one ``segment`` of it."""
        paths = arguments.get("paths")
        if paths:
            self.controller.draft.start([Path(path) for path in paths])
            return
        if "corpus" in arguments:
            self.controller.draft.close()
            self.controller.choose(str(arguments["corpus"]))
        segment = str(arguments.get("segment", ""))
        if segment == "embeddings":
            self.corpus_view.show_embed()
        elif segment:
            self.corpus_view.show_segment(segment)

    def save_state(self) -> dict[str, Any]:
        """Return the chosen corpus, its segment, widths and the splitter."""
        corpus = self.controller.corpus
        return {
            "corpus": corpus.id if corpus else "",
            "side": self.splitter.side_width,
            "view": self.corpus_view.save_state(),
        }

    def restore_state(self, state: dict[str, Any]) -> None:
        """Show the corpus and the segment that were open."""
        self.splitter.set_side_width(state.get("side"))
        if state.get("corpus"):
            self.controller.choose(str(state["corpus"]))
        if isinstance(state.get("view"), dict):
            self.corpus_view.restore_state(state["view"])

    # Showing

    def _on_controller_listed(self, lines: list[NamedLine]) -> None:
        corpus = self.controller.corpus
        self.list.show_lines(lines, corpus.id if corpus else "")
        workspace = self.context.workspace
        why_not = f"Read-only. {workspace.why_read_only}" if workspace.why_read_only else ""
        self.preview.show_corpora(lines, why_not)
        self.side.setVisible(bool(lines))
        for button in (self.import_button, self.folder_button):
            button.setEnabled(workspace.is_writable)
            button.setToolTip(why_not)

    def _on_controller_shown(self, corpus: Corpus | None) -> None:
        if corpus is not None:
            self.corpus_view.show_corpus(corpus, *self.controller.vector_sets())
        else:
            self._row_inspector.show_row(None, None)
        self._show_right()

    def _on_draft_changed(self) -> None:
        if self.controller.draft.is_open:
            self._clear_banner()
        self._show_right()

    def _show_right(self) -> None:
        if self.controller.draft.is_open:
            self.stack.setCurrentWidget(self.preview)
        elif self.controller.corpus is not None:
            self.stack.setCurrentWidget(self.corpus_view)
        else:
            self.stack.setCurrentWidget(self.reading if self._importing else self.empty)

    def _on_row_shown(self, document: Document | None) -> None:
        self._row_inspector.show_row(self.controller.corpus, document)

    # Choosing

    def _import_files(self) -> None:
        self.context.actions["corpus.import"].run()

    def _import_folder(self) -> None:
        self.context.actions["corpus.import-folder"].run()

    def _on_list_item_chosen(self, corpus_id: str) -> None:
        self._clear_banner()
        self.controller.draft.close()
        self.controller.choose(corpus_id)

    def _on_preview_accepted(self) -> None:
        run_id = self.controller.start_import()
        if run_id:
            self.controller.draft.close()

    # Jobs

    def _on_controller_job_running(self, run_id: str, job: Job[Any]) -> None:
        if isinstance(job, EmbedCorpus):
            if self.corpus_view.embeddings.progress.run_id != run_id:
                self._clear_banner()
                self.corpus_view.embeddings.show_running(run_id)
            return
        if self._importing != run_id:
            self._importing = run_id
            self.banner.say("")
            self.import_card.follow(run_id)
            self._card_room.show()
            self._show_right()

    def _on_controller_job_ended(self, job: Job[Any], event: Event) -> None:
        if isinstance(job, EmbedCorpus):
            self._show_embedded(event)
        else:
            self._show_imported(event)
        if isinstance(event, JobCompleted):
            folder = self.context.workspace.folder
            self.corpus_view.copy_as.offer(
                python=as_python(folder, job), command=as_command(folder, job)
            )

    def _show_imported(self, event: Event) -> None:
        run_id, self._importing = self._importing, ""
        self._card_room.hide()
        if isinstance(event, JobCompleted):
            self.corpus_view.show_segment("report")
            self._offer_search()
        elif isinstance(event, JobCancelled):
            self.banner.say(
                "The import was cancelled; nothing was added.",
                ("Continue it", lambda: self._continue(run_id)),
                ("Close", lambda: self.banner.say("")),
            )
        elif isinstance(event, JobFailed):
            self.banner.say(
                f"{event.message} {event.hint}".strip(),
                ("Close", lambda: self.banner.say("")),
                level="error",
            )
        self._show_right()

    def _offer_search(self) -> None:
        """Lead on from a new corpus: the usual choices need no form."""
        corpus = self.controller.corpus
        if corpus is None or not self.controller.is_soon_searchable:
            return
        self.banner.say(
            "Next: embed the rows once, then search them by meaning.",
            ("Embed and search", partial(self._search, corpus.id)),
            has_primary=True,
        )
        # Two ways to the same would make people choose.
        self.corpus_view.offer_embed(is_offered=False)

    def _clear_banner(self) -> None:
        self.banner.say("")
        self.corpus_view.offer_embed(is_offered=True)

    def _search(self, corpus_id: str) -> None:
        self._clear_banner()
        self.context.navigate("search", corpus=corpus_id, embed=True)

    def _continue(self, run_id: str) -> None:
        self.banner.say("")
        self.controller.continue_run(run_id)

    def _show_embedded(self, event: Event) -> None:
        embeddings = self.corpus_view.embeddings
        embeddings.show_running("")
        if isinstance(event, JobFailed):
            embeddings.show_error(event)
        elif isinstance(event, JobCompleted):
            record = embeddings.form.record
            embeddings.show_outcome(
                outcome_sentence(event.result, record.max_length if record else 0)
            )
        else:
            embeddings.show_outcome("Cancelled. What was embedded so far is kept.")
