"""Making smaller files of an encoder's ONNX file, and what each costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from embedding_lab.encoders.record import ONNX
from embedding_lab.errors import EncoderError
from embedding_lab.export.candidate import onnx_source
from embedding_lab.workflows.shrink_encoder import DEFAULT_REPEATS, DEFAULT_ROWS, ShrinkEncoder
from embedding_lab_app.jobs.job_outcome import JobOutcome
from embedding_lab_app.pages.encoders.onnx.candidates_view import CandidatesView
from embedding_lab_app.pages.encoders.onnx.corpus_choice import CorpusChoice
from embedding_lab_app.pages.encoders.onnx.folder_field import FolderField
from embedding_lab_app.pages.encoders.onnx.recipe_list import RecipeList
from embedding_lab_app.widgets.buttons import Button, CopyAsButton, PrimaryButton
from embedding_lab_app.widgets.field import Field, NumberField
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.surfaces import Card, Collapsible, reveal, scrolled
from embedding_lab_app.widgets.wording import count

if TYPE_CHECKING:
    from collections.abc import Iterable

    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab_app.context import AppContext
    from embedding_lab_app.pages.encoders.onnx.controller import OnnxController

MOST_ROWS, MOST_REPEATS = 5000, 50


class ShrinkView(QWidget):
    """The recipes, the corpus they are measured on, and the candidates.

    Signals
    -------
    add_wanted(folder, name)
        A candidate may become an encoder.
    engine_wanted()
        The encoder must be prepared first; show where that is done.
    """

    add_wanted = Signal(str, str)
    engine_wanted = Signal()

    def __init__(self, controller: OnnxController, context: AppContext) -> None:
        super().__init__()
        self._controller = controller
        self._record: EncoderRecord | None = None
        self.refusal = Label("", wraps=True)
        self.engine_button = Button("Prepare the encoder…", self.engine_wanted.emit)
        self.recipes = RecipeList()
        self.folder = FolderField(controller)
        self.corpus = CorpusChoice(has_sample=False)
        self.n_rows = NumberField(2, MOST_ROWS, "rows")
        self.n_rows.setValue(DEFAULT_ROWS)
        self.repeats = NumberField(1, MOST_REPEATS, "passes")
        self.repeats.setValue(DEFAULT_REPEATS)
        self.scores = QCheckBox("Compare nDCG@10 where the corpus has judgements")
        self.scores.setChecked(True)
        self.button = PrimaryButton("Make smaller files", self._shrink)
        self.copy_as = CopyAsButton()
        self.outcome = JobOutcome(context.runner)
        self.candidates = CandidatesView(context)
        self._build()
        self._connect()

    def _build(self) -> None:
        choices = row(
            Field("Measured on rows of", self.corpus, "The same rows for every file"),
            Field("Rows", self.n_rows, "More rows make steadier figures"),
            spacing=12,
        )
        for place in range(2):
            choices.setStretch(place, 1)
        passes = Field("Timed passes", self.repeats, "Files take turns; the median counts")
        advanced = column(boxed(row(passes, None)), self.scores, spacing=12)
        act = row(self.button, self.copy_as)
        act.setStretch(0, 1)
        self.refusal_card = Card("Smaller files", self.refusal, row(self.engine_button, None))
        self.form = Card(
            "Smaller files",
            self.recipes,
            self.folder,
            choices,
            Collapsible("Advanced (2)", boxed(advanced)),
            act,
        )
        content = QWidget()
        content.setLayout(
            column(
                self.refusal_card,
                self.form,
                self.outcome,
                self.candidates,
                None,
                spacing=12,
                margins=(0, 12, 24, 16),
            )
        )
        self._area = scrolled(content)
        self.setLayout(column(self._area))

    def _connect(self) -> None:
        self._controller.shrinking.changed.connect(self._on_shrinking_changed)
        self.candidates.add_wanted.connect(self.add_wanted)
        for signal in (self.recipes.changed, self.folder.changed):
            signal.connect(self._show_act)
        for number in (self.n_rows, self.repeats):
            number.valueChanged.connect(self._on_choice_made)
        self.corpus.currentIndexChanged.connect(self._on_choice_made)
        self.scores.toggled.connect(self._on_choice_made)

    def show_encoder(self, record: EncoderRecord, corpora: Iterable[Corpus]) -> None:
        """Make smaller files of another encoder."""
        is_other = self._record is None or self._record.id != record.id
        self._record = record
        self.corpus.show_corpora(corpora)
        if is_other:
            self.folder.suggest(f"{record.name}-smaller")
            self.recipes.show_dimension(record.dimension)
        problem = _problem(record)
        self.form.setVisible(not problem)
        self.refusal_card.setVisible(bool(problem))
        self.refusal.setText(problem)
        self.engine_button.setVisible(not (record.prepared or record.kind == ONNX))
        self._show_job()

    def _on_shrinking_changed(self) -> None:
        if self._controller.shrinking.result is not None:
            self.folder.suggest_again()
            reveal(self._area, self.candidates)
        self._show_job()

    def _show_job(self) -> None:
        """Show how the job stands, where it is this encoder that is made smaller."""
        followed, record = self._controller.shrinking, self._record
        is_this = record is not None and self._controller.is_about(followed, record)
        self.outcome.show_job(followed if is_this else None)
        self.candidates.show_result(followed.result if is_this else None)
        self._show_act()

    def _show_act(self) -> None:
        job = self._job()
        n_files = len(self.recipes.chosen)
        why_not = ""
        if not n_files:
            why_not = "Choose a recipe"
        elif not self.corpus.chosen:
            why_not = "Import a corpus to measure on"
        is_free = self.folder.is_valid and not self._controller.shrinking.is_running
        rows = count(self.n_rows.value(), "row")
        self.button.set_act(
            f"Make {count(n_files, 'smaller file')}",
            why_not or f"and measure each on {rows}, {count(self.repeats.value(), 'time')}",
            is_enabled=not why_not and is_free,
        )
        self._controller.offer_copies(self.copy_as, job)

    def _job(self) -> ShrinkEncoder | None:
        chosen = self.recipes.chosen
        if self._record is None or not (chosen and self.corpus.chosen and self.folder.text):
            return None
        return ShrinkEncoder(
            self._record.name,
            self.folder.text,
            self.corpus.chosen,
            recipes=chosen,
            n_rows=self.n_rows.value(),
            repeats=self.repeats.value(),
            scores=self.scores.isChecked(),
        )

    def _shrink(self) -> None:
        job = self._job()
        if job is not None:
            self._controller.start(self._controller.shrinking, job)

    def _on_choice_made(self, _value: object) -> None:
        self._show_act()


def _problem(record: EncoderRecord) -> str:
    """Return why no smaller files can be made of an encoder; empty if they can."""
    try:
        onnx_source(record)
    except EncoderError as error:
        return error.message
    return ""
