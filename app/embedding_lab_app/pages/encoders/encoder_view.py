"""One encoder: what it is, what it embedded, and a place to try it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from embedding_lab.encoders.store import STARTER
from embedding_lab_app.pages.encoders.consent_card import ConsentCard
from embedding_lab_app.pages.encoders.encoder_facts import facts, file_facts
from embedding_lab_app.pages.encoders.measure_view import MeasureView
from embedding_lab_app.pages.encoders.try_view import TryView
from embedding_lab_app.widgets.buttons import Button
from embedding_lab_app.widgets.key_value_list import KeyValueList
from embedding_lab_app.widgets.labels import ElidedLabel, Label
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.surfaces import Card, Collapsible, scrolled
from embedding_lab_app.widgets.wording import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab_app.jobs.runner import JobRunner


class EncoderView(QWidget):
    """The card of an encoder.

    Signals
    -------
    rename_wanted(), delete_wanted(), trust_wanted()
        About the encoder shown; the last: its own program code may run.
    search_wanted(corpus_id)
        Search a corpus with its vectors.
    """

    rename_wanted = Signal()
    delete_wanted = Signal()
    trust_wanted = Signal()
    search_wanted = Signal(str)

    def __init__(self, runner: JobRunner) -> None:
        super().__init__()
        self.measure_view = MeasureView(runner)
        self.title = ElidedLabel("", "title")
        self.title.setMinimumHeight(28)
        self.rename_button = Button("Rename…", self.rename_wanted.emit)
        self.delete_button = Button("Delete…", self.delete_wanted.emit)
        self.warnings = Label("", "warning", wraps=True)
        self.consent = ConsentCard()
        self.consent.changed.connect(self._on_consent_changed)
        self.try_view = TryView()
        self.facts = KeyValueList()
        self.files = KeyValueList()
        self._files_fold = Collapsible("Files", self.files)
        self._corpora: QVBoxLayout = column(spacing=4)
        self.corpora_card = Card("Corpora it has embedded", self._corpora)
        top = row(self.title, self.rename_button, self.delete_button)
        top.setStretch(0, 1)
        content = QWidget()
        content.setLayout(
            column(
                boxed(top),
                self.warnings,
                self.consent,
                self.try_view,
                Card("What it is", self.facts, self._files_fold),
                self.measure_view,
                self.corpora_card,
                None,
                spacing=12,
                margins=(24, 16, 24, 16),
            )
        )
        self.setLayout(column(scrolled(content)))

    def show_encoder(
        self, record: EncoderRecord, embedded: Sequence[tuple[Corpus, int]], why_not: str
    ) -> None:
        """Show an encoder and the corpora it embedded."""
        self.title.setText(record.name)
        self.warnings.setText("\n".join(record.warnings))
        self.warnings.setVisible(bool(record.warnings))
        self.consent.ask(record.code_files if record.needs_consent else ())
        self.facts.show_pairs(facts(record))
        self.files.show_pairs(file_facts(record))
        self._files_fold.rename(f"Files ({len(record.files):,})")
        self.try_view.show_encoder(record, [corpus.name for corpus, _ in embedded])
        self._show_corpora(embedded)
        if record.id == STARTER:
            why_not = "The starter encoder belongs to the program and stays as it is."
        for button, help_text in (
            (self.rename_button, "Give the encoder another name"),
            (self.delete_button, "Move the encoder to the trash; its folder stays untouched"),
        ):
            button.setEnabled(not why_not)
            button.setToolTip(why_not or help_text)

    def _on_consent_changed(self) -> None:
        if self.consent.is_given:
            self.trust_wanted.emit()

    def _show_corpora(self, embedded: Sequence[tuple[Corpus, int]]) -> None:
        while (item := self._corpora.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for corpus, n_rows in embedded:
            button = Button("Search", partial(self.search_wanted.emit, corpus.id), kind="link")
            button.setAccessibleName(f"Search {corpus.name}")
            line = row(Label(corpus.name), Label(count(n_rows, "row"), "muted"), button, None)
            self._corpora.addWidget(boxed(line))
        self.corpora_card.setVisible(bool(embedded))
