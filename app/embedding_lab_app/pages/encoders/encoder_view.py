"""One encoder: what it is, what it embedded, a place to try it, and its ONNX files."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from embedding_lab.encoders.starter import STARTER
from embedding_lab_app.pages.encoders.consent_card import ConsentCard
from embedding_lab_app.pages.encoders.encoder_facts import facts, file_facts
from embedding_lab_app.pages.encoders.measure_view import MeasureView
from embedding_lab_app.pages.encoders.onnx.engine_card import EngineCard
from embedding_lab_app.pages.encoders.onnx.export_view import ExportView
from embedding_lab_app.pages.encoders.onnx.inspect_view import InspectView
from embedding_lab_app.pages.encoders.onnx.shrink_view import ShrinkView
from embedding_lab_app.pages.encoders.try_view import TryView
from embedding_lab_app.widgets.buttons import Button
from embedding_lab_app.widgets.key_value_list import KeyValueList
from embedding_lab_app.widgets.labels import ElidedLabel, Label
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.surfaces import Card, Collapsible, reveal, scrolled
from embedding_lab_app.widgets.wording import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab_app.context import AppContext
    from embedding_lab_app.pages.encoders.onnx.controller import OnnxController

ABOUT, EXPORT, SHRINK, INSPECT = SEGMENTS = ("about", "export", "smaller", "inside")
TITLES = ("About", "Export as ONNX", "Smaller files", "Look inside")


class EncoderView(QWidget):
    """The card of an encoder, and what can be done with its ONNX files.

    Signals
    -------
    rename_wanted(), delete_wanted(), trust_wanted()
        About the encoder shown; the last: its own program code may run.
    search_wanted(corpus_id)
        Search a corpus with its vectors.
    add_wanted(folder, name)
        A folder that was made of it may become an encoder.
    """

    rename_wanted = Signal()
    delete_wanted = Signal()
    trust_wanted = Signal()
    search_wanted = Signal(str)
    add_wanted = Signal(str, str)

    def __init__(self, context: AppContext, onnx: OnnxController) -> None:
        super().__init__()
        self.measure_view = MeasureView(context.runner)
        self.engine_card = EngineCard(onnx, context.runner)
        self.export_view = ExportView(onnx, context.runner)
        self.shrink_view = ShrinkView(onnx, context)
        self.inspect_view = InspectView(onnx, context.runner)
        self._build()
        self._connect()

    def _build(self) -> None:
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
                self.warnings,
                self.consent,
                self.try_view,
                self.engine_card,
                Card("What it is", self.facts, self._files_fold),
                self.measure_view,
                self.corpora_card,
                None,
                spacing=12,
                margins=(0, 12, 24, 16),
            )
        )
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.setAccessibleName("Parts of the encoder")
        self._about = scrolled(content)
        parts = (self._about, self.export_view, self.shrink_view, self.inspect_view)
        for part, title in zip(parts, TITLES, strict=True):
            self.tabs.addTab(part, title)
        head = boxed(top)
        head.setContentsMargins(24, 16, 24, 0)
        # The tabs begin where the title does; their scroll bars lie at the page's edge.
        parts_box = boxed(column(self.tabs, margins=(24, 0, 0, 0)))
        layout = column(head, parts_box, spacing=4)
        layout.setStretch(1, 1)
        self.setLayout(layout)

    def _connect(self) -> None:
        self.export_view.add_wanted.connect(self._on_export_view_add_wanted)
        self.shrink_view.add_wanted.connect(self.add_wanted)
        self.shrink_view.engine_wanted.connect(self.show_engine)

    @property
    def segment(self) -> str:
        """Which part is shown."""
        return SEGMENTS[self.tabs.currentIndex()]

    def show_segment(self, segment: str) -> None:
        """Show a part; an unknown one is ignored."""
        if segment in SEGMENTS:
            self.tabs.setCurrentIndex(SEGMENTS.index(segment))

    def show_engine(self) -> None:
        """Show which engine computes the encoder, with its proof unfolded."""
        self.show_segment(ABOUT)
        self.engine_card.fold.unfold()
        reveal(self._about, self.engine_card)

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

    def show_choices(
        self,
        record: EncoderRecord,
        records: Sequence[EncoderRecord],
        corpora: Sequence[Corpus],
    ) -> None:
        """Offer what the encoder can be measured on and compared with."""
        self.measure_view.show_encoder(record, records, corpora)
        self.engine_card.show_encoder(record, corpora)
        self.export_view.show_encoder(record, corpora)
        self.shrink_view.show_encoder(record, corpora)
        self.inspect_view.show_encoder(record, records)

    def _on_export_view_add_wanted(self, folder: str) -> None:
        self.add_wanted.emit(folder, "")

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
