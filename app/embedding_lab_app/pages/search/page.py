"""The Search page: type, look at what is near, go on from there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtWidgets import QStackedWidget, QWidget

from embedding_lab.errors import LabError
from embedding_lab.pictures import PICTURE_SUFFIXES
from embedding_lab_app.jobs.job_card import JobCard
from embedding_lab_app.pages.base import Page
from embedding_lab_app.pages.search.bar import SearchBar
from embedding_lab_app.pages.search.controller import SearchController
from embedding_lab_app.pages.search.copy_as import search_as_command, search_as_python
from embedding_lab_app.pages.search.empty_state import SearchEmptyState
from embedding_lab_app.pages.search.results_model import ResultsModel
from embedding_lab_app.pages.search.results_table import WIDTHS, ResultsTable
from embedding_lab_app.pages.search.wish import named_example
from embedding_lab_app.subsets import SubsetMenu, keep_subset
from embedding_lab_app.widgets.buttons import Button, CopyAsButton
from embedding_lab_app.widgets.labels import ElidedLabel
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.pictures import PICTURE_FILTER
from embedding_lab_app.widgets.row_inspector import RowInspector
from embedding_lab_app.widgets.surfaces import Banner, ErrorBox
from embedding_lab_app.widgets.wording import count

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtCore import QItemSelection, QModelIndex

    from embedding_lab_app.context import AppContext


class SearchPage(Page):
    """Search a corpus by a query or by one of its rows."""

    page_id: ClassVar[str] = "search"
    title: ClassVar[str] = "Search"
    icon: ClassVar[str] = "magnifying-glass"
    manual: ClassVar[str] = "search"

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self.controller = SearchController(context, self)
        self._row_inspector = RowInspector()
        self._restored_query = ""
        self._build()
        self._connect()
        self.controller.reload()

    # Building

    def _build(self) -> None:
        self.bar = SearchBar(self.controller, self.context.theme)
        SubsetMenu(self.context, self.bar.filter, lambda: self.controller.corpus)
        self.stale_banner = Banner()
        self.prompt_banner = Banner()
        self.error = ErrorBox()
        self.job_card = JobCard(self.context.runner)
        self.empty = SearchEmptyState(self.context, self.controller)
        self.empty.asked.connect(self._ask)
        self.empty.embedding_wanted.connect(self._embed)
        self.model = ResultsModel(self)
        self.table = ResultsTable(self.model, self.context.theme)
        self.table.add_context_action("Save selected as a subset…", self._keep_subset)
        self.table.add_context_action("Find rows like this", self._more_like_selected)
        self.table.add_context_action("Export selected…", self._export_selected)
        self.status = ElidedLabel("", "small")
        self.copy_as = CopyAsButton()
        self.export_button = Button("Export…", self._export_all)
        self.subset_button = Button("Save as a subset…", self._keep_subset)
        self.subset_button.setToolTip("Keep the selected rows, or all results, under a name")
        foot = row(self.status, self.subset_button, self.export_button, self.copy_as)
        foot.setStretch(0, 1)
        results = column(self.table, foot)
        results.setStretch(0, 1)
        self.stack = QStackedWidget()
        self.results = boxed(results)
        self.stack.addWidget(self.empty)
        self.stack.addWidget(self.results)
        inner = column(self.bar, self.error, self.job_card, self.stack, spacing=12, margins=16)
        inner.setStretch(3, 1)
        layout = column(self.stale_banner, self.prompt_banner, boxed(inner), spacing=0)
        layout.setStretch(2, 1)
        self.setLayout(layout)

    def _connect(self) -> None:
        controller = self.controller
        controller.choices_changed.connect(self._on_choices_changed)
        controller.searching.connect(self._on_searching)
        controller.found.connect(self._on_found)
        controller.failed.connect(self._on_failed)
        self.bar.query_entered.connect(controller.search_now)
        self.bar.picture_wanted.connect(self._choose_picture)
        self.table.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self.table.activated.connect(self._on_activated)
        self._row_inspector.like_wanted.connect(self._more_like)
        self.context.theme.changed.connect(self.table.viewport().update)

    # What the window asks of a page

    def inspector(self) -> QWidget:
        """Return the whole row beside the results."""
        return self._row_inspector

    def open_with(self, arguments: dict[str, Any]) -> None:
        """Search another corpus, for a query or for rows like one row; first ``embed`` it."""
        changes = {}
        if "corpus" in arguments:
            changes["corpus_id"] = arguments["corpus"]
        if "encoder" in arguments:
            changes["encoder_id"] = arguments["encoder"]
        if "like_row" in arguments:
            changes |= {"like_row": arguments["like_row"], "image": ""}
        if "image" in arguments:
            changes |= {"image": str(arguments["image"]), "like_row": -1}
        self.controller.want(**changes)
        self.bar.show_choices()
        if "query" in arguments:
            self.bar.query.setText(arguments["query"])
        self._show_state()
        if arguments.get("embed") and not self.controller.encoders:
            self._embed()
        self.controller.search_now()
        self.bar.query.setFocus()

    def save_state(self) -> dict[str, Any]:
        """Return what was searched, where and how."""
        wish = self.controller.wish
        return {
            "corpus": wish.corpus_id,
            "encoder": wish.encoder_id,
            "query": wish.query,
            "filter": wish.filter,
            "k": wish.k,
            "widths": self.table.widths(),
        }

    def restore_state(self, state: dict[str, Any]) -> None:
        """Take up the last search, without running it before somebody comes here."""
        known = {corpus.id for corpus in self.controller.corpora}
        if state.get("corpus") not in known:
            return
        self.controller.want(corpus_id=state["corpus"], encoder_id=state.get("encoder", ""))
        self.bar.n_results.setValue(int(state.get("k", 10)))
        self.bar.query.setText(str(state.get("query", "")))
        self.bar.filter.setText(str(state.get("filter", "")))
        self.table.set_widths(*state.get("widths", WIDTHS))
        self.controller.reload()

    # States

    def _on_choices_changed(self) -> None:
        self.bar.show_choices()
        self._show_state()

    def _show_state(self) -> None:
        self._show_stale()
        self.error.say("")
        if self.empty.says_why_not():
            self.stack.setCurrentWidget(self.empty)
            return
        wish = self.controller.wish
        self.bar.show_row(named_example(wish.like_row, wish.image))
        if wish.is_empty:
            self.empty.say_what_to_type()
            self.stack.setCurrentWidget(self.empty)
            self.status.setText("")

    def _show_stale(self) -> None:
        n_stale = self.controller.n_stale
        if n_stale == 0 or not self.controller.encoders:
            self.stale_banner.say("")
            return
        if self.controller.is_filled_up:
            self.stale_banner.say("The rows embedded so far are searched; the others follow.")
            return
        words = "row is" if n_stale == 1 else "rows are"
        self.stale_banner.say(
            f"{n_stale:,} {words} not embedded yet and cannot be found.",
            ("Embed the rest", self._embed),
        )

    # Acts

    def _ask(self, query: str) -> None:
        self.bar.query.setText(query)
        self.bar.remember(query)
        self.controller.search_now()

    def _embed(self) -> None:
        try:
            self.job_card.follow(self.controller.embed())
        except LabError as error:
            self.context.notices.error(error)

    def _choose_picture(self) -> None:
        paths = self.context.asker.files("Search by a picture", PICTURE_FILTER)
        if paths:
            self._search_by_picture(paths[0])

    def _search_by_picture(self, path: Path) -> None:
        self.controller.want(image=str(path), like_row=-1)
        self.controller.search_now()
        self._show_state()

    def take_drop(self, paths: list[Path]) -> bool:
        """Search by a single picture dropped here, if the chosen encoder can."""
        is_picture = len(paths) == 1 and paths[0].suffix.lower() in PICTURE_SUFFIXES
        if not (is_picture and self.controller.takes_pictures):
            return False
        self._search_by_picture(paths[0])
        return True

    def _more_like(self, corpus_row: int) -> None:
        self.controller.want(like_row=corpus_row, image="")
        self.controller.search_now()
        self._show_state()

    def _more_like_selected(self) -> None:
        rows = self._selected_corpus_rows()
        if rows:
            self._more_like(rows[0])

    def _export_all(self) -> None:
        self._export(None)

    def _export_selected(self) -> None:
        self._export(self._selected_corpus_rows())

    def _export(self, rows: list[int] | None) -> None:
        path = self.context.asker.save_file(
            "Export results", "results.csv", "CSV (*.csv);;TSV (*.tsv);;JSON Lines (*.jsonl)"
        )
        if path is None:
            return
        try:
            self.controller.export(path, rows)
        except LabError as error:
            self.context.notices.error(error)

    def _keep_subset(self) -> None:
        corpus, rows = self.controller.corpus, self._selected_corpus_rows()
        if len(rows) < 2:
            rows = [hit.row for hit in self.model.hits]
        if corpus is not None and rows:
            keep_subset(self.context, corpus, rows)

    def _selected_corpus_rows(self) -> list[int]:
        return [self.model.hits[number].row for number in self.table.selected_rows()]

    # Answers

    def _on_searching(self, message: str) -> None:
        self.table.dim(is_dim=True)
        self.status.setText(message or "Searching…")
        if message and not self.model.hits:
            self.empty.say_loading(message)
            self.stack.setCurrentWidget(self.empty)

    def _on_found(self) -> None:
        self.table.dim(is_dim=False)
        self.error.say("")
        result, hits = self.controller.result, self.controller.hits
        self.model.show_hits(hits)
        self._row_inspector.show_row(None, None)
        self.prompt_banner.say(result.get("warning", ""), level="warning")
        self.bar.show_row(named_example(result["like_row"], result["image"]))
        if not hits:
            self.empty.say_nothing_fits(self.bar.filter.clear)
        self.stack.setCurrentWidget(self.results if hits else self.empty)
        self.status.setText(
            f"{len(hits):,} of {count(result['n_searched'], 'row')} · {result['index']['kind']} · "
            f"encoding {result['encode_ms']:,.0f} ms · search {result['search_ms']:,.0f} ms"
        )
        job, folder = self.controller.job(), self.context.workspace.folder
        self.copy_as.offer(
            python=search_as_python(folder, job), command=search_as_command(folder, job)
        )

    def _on_failed(self, message: str, hint: str, details: str) -> None:
        self.table.dim(is_dim=False)
        self.status.setText("")
        self.error.say(message, hint, details)

    def _on_selection_changed(self, _now: QItemSelection, _before: QItemSelection) -> None:
        rows = self._selected_corpus_rows()
        corpus = self.controller.corpus
        if not rows or corpus is None:
            self._row_inspector.show_row(None, None)
            return
        self._row_inspector.show_row(corpus, corpus.documents_at(rows[:1])[0])
        self.context.selection.select(corpus.id, tuple(rows), self)

    def _on_activated(self, index: QModelIndex) -> None:
        self._more_like(self.model.hits[index.row()].row)
