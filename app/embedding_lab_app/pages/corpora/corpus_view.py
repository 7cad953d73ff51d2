"""One corpus: its facts above, its rows, report, queries and embeddings below."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QTabWidget, QWidget

from embedding_lab_app.pages.corpora.embeddings_view import EmbeddingsView
from embedding_lab_app.pages.corpora.queries_view import QueriesView
from embedding_lab_app.pages.corpora.report_view import ReportView
from embedding_lab_app.pages.corpora.rows_view import RowsView
from embedding_lab_app.widgets.buttons import Button, CopyAsButton, MenuButton
from embedding_lab_app.widgets.labels import ElidedLabel
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.wording import count, listed

if TYPE_CHECKING:
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.vector_set import VectorSet
    from embedding_lab_app.context import AppContext

SEGMENTS = ("rows", "report", "queries", "embeddings")


class CorpusView(QWidget):
    """Header and segments of one corpus."""

    rename_wanted = Signal()
    delete_wanted = Signal()

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._corpus: Corpus | None = None
        self.rows = RowsView(context)
        self.report = ReportView(context)
        self.queries = QueriesView(context)
        self.embeddings = EmbeddingsView(context)
        self._offers_embed = True
        self._build()

    def _build(self) -> None:
        self.title = ElidedLabel("", "title")
        self.title.setMinimumHeight(28)
        self.facts = ElidedLabel("", "muted")
        self.rejected_button = Button("", self._show_report, kind="link")
        self.copy_as = CopyAsButton()
        self.more = MenuButton("More", "More to do with the corpus")
        self.rename_action = self.more.add("Rename…", self.rename_wanted.emit)
        self.delete_action = self.more.add("Delete…", self.delete_wanted.emit)
        self.embed_button = Button("Embed…", self.show_embed, kind="primary")
        top = row(self.title, self.copy_as, self.more, self.embed_button)
        top.setStretch(0, 1)
        below = row(self.facts, self.rejected_button, None, spacing=4)
        below.setStretch(0, 1000)
        self._facts_line = boxed(below)
        self._facts_line.setFixedHeight(30)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.tabBar().setUsesScrollButtons(False)
        self.tabs.tabBar().setElideMode(Qt.TextElideMode.ElideRight)
        self.tabs.setAccessibleName("Parts of the corpus")
        for segment in (self.rows, self.report, self.queries, self.embeddings):
            self.tabs.addTab(segment, "")
        self.tabs.currentChanged.connect(self._on_tabs_current_changed)
        layout = column(
            boxed(top), self._facts_line, self.tabs, spacing=0, margins=(24, 16, 24, 16)
        )
        layout.setStretch(2, 1)
        self.setLayout(layout)

    # Showing

    def show_corpus(
        self, corpus: Corpus, here: list[VectorSet], everywhere: list[VectorSet]
    ) -> None:
        """Show another corpus, or the same one as it stands now."""
        self.title.setText(corpus.name)
        self.facts.setText(facts(corpus))
        self.facts.setMaximumWidth(
            self.facts.fontMetrics().horizontalAdvance(self.facts.text()) + 4
        )
        self.rejected_button.setText(f"{count(corpus.n_rejected, 'row')} did not come in")
        self.rejected_button.setVisible(corpus.n_rejected > 0)
        titles = (
            "Rows",
            f"Report ({corpus.n_rejected:,})" if corpus.n_rejected else "Report",
            f"Queries ({corpus.n_queries:,})",
            f"Embeddings ({len(here):,})" if here else "Embeddings",
        )
        for number, title in enumerate(titles):
            self.tabs.setTabText(number, title)
        self.tabs.setTabVisible(SEGMENTS.index("queries"), corpus.n_queries > 0)
        if not self._is_shown(corpus):
            self.rows.show_corpus(corpus)
            self.report.show_corpus(corpus)
            self.queries.show_corpus(corpus)
        self._corpus = corpus
        self.embeddings.show_corpus(corpus, here, everywhere)
        self._show_rights()

    def _is_shown(self, corpus: Corpus) -> bool:
        """Whether nothing was added since: whoever reads the rows is not thrown back to the top."""
        old = self._corpus
        return old is not None and (old.folder, old.n_sources) == (corpus.folder, corpus.n_sources)

    def _show_rights(self) -> None:
        why_not = self._context.workspace.why_read_only
        for action, help_text in (
            (self.rename_action, "Give the corpus another name"),
            (self.delete_action, "Move the corpus and its embeddings to the trash"),
        ):
            action.setEnabled(not why_not)
            action.setToolTip(f"The workspace is read-only. {why_not}" if why_not else help_text)

    @property
    def segment(self) -> str:
        """Which part is shown."""
        return SEGMENTS[self.tabs.currentIndex()]

    def show_segment(self, segment: str) -> None:
        """Show one part of the corpus."""
        if segment in SEGMENTS and self.tabs.isTabVisible(SEGMENTS.index(segment)):
            self.tabs.setCurrentIndex(SEGMENTS.index(segment))

    def offer_embed(self, *, is_offered: bool) -> None:
        """Show the button that leads to the Embed panel, or leave that to somebody else."""
        self._offers_embed = is_offered
        self._show_embed_button()

    def show_embed(self) -> None:
        """Show the Embed panel with the keyboard in it."""
        self.show_segment("embeddings")
        self.embeddings.keyboard_start()

    def _show_report(self) -> None:
        self.show_segment("report")

    def _on_tabs_current_changed(self, _number: int) -> None:
        self._show_embed_button()

    def _show_embed_button(self) -> None:
        # One primary button is enough: the panel has its own.
        self.embed_button.setVisible(self._offers_embed and self.segment != "embeddings")

    # Remembering

    def save_state(self) -> dict[str, Any]:
        """Return the segment and the columns' widths."""
        return {"segment": self.segment, "widths": self.rows.save_state()}

    def restore_state(self, state: dict[str, Any]) -> None:
        """Show the segment and the widths again."""
        self.show_segment(str(state.get("segment", "rows")))
        widths = state.get("widths")
        if isinstance(widths, dict):
            self.rows.restore_state(widths)


def facts(corpus: Corpus) -> str:
    """Return what there is to say about a corpus in one line."""
    parts = [count(corpus.n_rows, "row")]
    if corpus.n_empty:
        parts.append(f"{corpus.n_empty:,} empty")
    if corpus.n_queries:
        parts.append(count(corpus.n_queries, "query", "queries"))
    if corpus.n_judgements:
        splits = f" ({listed(corpus.splits)})" if corpus.splits else ""
        parts.append(f"{count(corpus.n_judgements, 'judgement')}{splits}")
    first = corpus.first_source
    if first is not None:
        more = f" and {corpus.n_sources - 1:,} more" if corpus.n_sources > 1 else ""
        parts.append(f"from {PurePath(first.path).name}{more}")
    return " · ".join(parts)
