"""The choices of an embedding: encoder, prompt, precision, rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLineEdit, QWidget

from embedding_lab.backends import has_fast_bf16
from embedding_lab.encoders.modality import modalities_for
from embedding_lab.encoders.plain_rendering import has_chat_form
from embedding_lab.types import Engine, Modality, Precision
from embedding_lab.workflows.embed_corpus import EmbedCorpus
from embedding_lab_app.forms.reading_fields import ReadingFields
from embedding_lab_app.widgets.choice_box import ChoiceBox
from embedding_lab_app.widgets.field import Field, NumberField
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import boxed, column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.workspace.corpus import Corpus

DEFAULT, TYPED = "default", "typed"
# Prompts by name: those of the encoder, and embedding prompts.
NAMED, EMBEDDING = "name", "embedding"
PRECISION_TITLES = {
    Precision.FP32: "fp32: exact",
    Precision.BF16: "bf16: faster, a little less exact",
}
ENGINE_TITLES = {
    "": "Automatic",
    Engine.ONNX: "Fast (onnxruntime)",
    Engine.TORCH: "Full (torch)",
}
MODALITY_TITLES = {
    Modality.TEXT: "Its title and text",
    Modality.IMAGE: "Its picture",
    Modality.IMAGE_TEXT: "Picture and text together",
}


CHAT = (
    "Rows are read with its system text and the line for documents, queries with that for queries. "
    "The vectors keep the prompt, and a search reads queries as it says."
)
NO_CHAT = (
    "This encoder has no chat form: the system text is a prefix of every row and query, and the "
    "line stands behind. A search reads queries as the prompt says."
)
LEAST_LETTERS = 10


class EmbedForm(QWidget):
    """What to embed with. ``changed`` tells that a choice was made."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._records: list[EncoderRecord] = []
        self.encoder = ChoiceBox(LEAST_LETTERS)
        self.modality = ChoiceBox(LEAST_LETTERS)
        self._corpus: Corpus | None = None
        self.prompt = ChoiceBox(LEAST_LETTERS)
        self._embedding_prompts: list[str] = []
        self.reading = ReadingFields()
        self.reading_note = Label("", "small", wraps=True)
        self.typed = QLineEdit()
        self.typed.setPlaceholderText("passage: ")
        self.precision = ChoiceBox(LEAST_LETTERS)
        self.precision.offer((title, item.value) for item, title in PRECISION_TITLES.items())
        self.engine = ChoiceBox(LEAST_LETTERS)
        self.engine.offer((title, str(item)) for item, title in ENGINE_TITLES.items())
        self.limit = NumberField(0, 0)
        self.limit.setSpecialValueText("All rows")
        self.limit.setSingleStep(1000)
        self.encodes_empty = QCheckBox("Give empty rows a vector too")
        self.encodes_empty.setToolTip("They are encoded as the empty string")
        self._place()
        self.encoder.currentIndexChanged.connect(self._on_encoder_changed)
        self.prompt.currentIndexChanged.connect(self._on_prompt_changed)
        self.modality.currentIndexChanged.connect(self._on_choice_made)
        self.typed.textEdited.connect(self._on_choice_made)
        self.reading.changed.connect(self.changed)
        self.precision.currentIndexChanged.connect(self._on_choice_made)
        self.engine.currentIndexChanged.connect(self._on_choice_made)
        self.limit.valueChanged.connect(self._on_choice_made)
        self.encodes_empty.toggled.connect(self._on_choice_made)
        self._show_prompts()
        self._show_engine()

    def _place(self) -> None:
        self._typed_field = Field("Text of the prompt", self.typed, "Put before every row")
        self._modality_field = Field("What of a row", self.modality, "What is turned into a vector")
        self._engine_field = Field(
            "Engine",
            self.engine,
            "Automatic: the fast one, unless the full one began these vectors",
        )
        precision = Field("Precision", self.precision, "What the encoder computes in")
        rows = Field("Rows", self.limit, "Fewer rows make a quick first try")
        self._choices = (rows, self._modality_field, precision, self._engine_field)
        grid = self._grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.addWidget(Field("Encoder", self.encoder, "What turns rows into vectors"), 0, 0)
        grid.addWidget(
            Field("Prompt", self.prompt, "What stands around every row; some encoders ask for one"),
            0,
            1,
        )
        grid.addWidget(self._typed_field, 1, 0, 1, 2)
        self._reading = boxed(column(self.reading, self.reading_note, spacing=4))
        grid.addWidget(self._reading, 1, 0, 1, 2)
        self._arrange(self._choices)
        grid.addWidget(self.encodes_empty, 4, 0, 1, 2)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        # Only now: shown before it is part of the form, it would be a window of its own.
        self._offer(precision, has_fast_bf16())

    def _offer(self, field: Field, is_offered: bool) -> None:
        """Show or hide a choice; the others close up."""
        field.setVisible(is_offered)
        for other in self._choices:
            self._grid.removeWidget(other)
        self._arrange([other for other in self._choices if not other.isHidden()])

    def _arrange(self, fields: Sequence[Field]) -> None:
        for place, field in enumerate(fields):
            self._grid.addWidget(field, 2 + place // 2, place % 2)

    def show_encoders(self, records: Sequence[EncoderRecord]) -> None:
        """Offer other encoders, keeping the choice where it is still there."""
        chosen = self.encoder.chosen
        self._records = list(records)
        self.encoder.offer(
            (f"{record.name} ({record.dimension:,} dimensions)", record.id) for record in records
        )
        if self.encoder.chosen != chosen:
            self._show_prompts()
        self._show_modalities()
        self._show_engine()
        self.changed.emit()

    def show_embedding_prompts(self, names: Sequence[str]) -> None:
        """Offer other embedding prompts, keeping the choice where it is still there."""
        if list(names) == self._embedding_prompts:
            return
        chosen = self.prompt.currentData()
        self._embedding_prompts = list(names)
        self._show_prompts()
        place = self._place_of(chosen)
        self.prompt.setCurrentIndex(max(0, place))

    def _place_of(self, choice: object) -> int:
        """Return where a choice stands in the list of prompts; -1 if it does not."""
        places = range(self.prompt.count())
        return next((at for at in places if self.prompt.itemData(at) == choice), -1)

    def show_corpus(self, corpus: Corpus) -> None:
        """Offer as many rows as there are, and what can be encoded of them."""
        self._corpus = corpus
        self._show_modalities()
        blocked = self.limit.blockSignals(True)
        self.limit.setRange(0, corpus.n_rows)
        self.limit.setValue(0)
        self.limit.blockSignals(blocked)
        self.encodes_empty.setVisible(corpus.n_empty > 0)
        self.changed.emit()

    @property
    def record(self) -> EncoderRecord | None:
        """The chosen encoder."""
        chosen = self.encoder.chosen
        return next((record for record in self._records if record.id == chosen), None)

    def job(self, corpus: Corpus) -> EmbedCorpus | None:
        """Return the job that the choices describe."""
        record = self.record
        if record is None:
            return None
        choice = self.prompt.currentData()
        kind, name = choice if isinstance(choice, tuple) else (choice, "")
        is_rendered = kind == EMBEDDING
        return EmbedCorpus(
            corpus=corpus.name,
            encoder=record.name,
            prompt=self.typed.text() if kind == TYPED else "",
            prompt_name=name if kind == NAMED else "",
            embedding_prompt=name if is_rendered else "",
            pooling=self.reading.pooling.chosen if is_rendered else "",
            layer=self.reading.layer.value() if is_rendered else -1,
            precision=self.precision.chosen,
            # Only a prepared encoder has a choice.
            engine=self.engine.chosen if record.prepared else "",
            limit=self.limit.value() if self.limit.value() < corpus.n_rows else 0,
            encodes_empty=self.encodes_empty.isChecked() and corpus.n_empty > 0,
            # The first is what is encoded unless something else is asked for.
            modality=self.modality.chosen if self.modality.currentIndex() > 0 else "",
        )

    def _show_engine(self) -> None:
        record = self.record
        self._offer(self._engine_field, bool(record and record.prepared))

    def _show_modalities(self) -> None:
        """Ask what is encoded of a row, where there is a choice."""
        record, corpus = self.record, self._corpus
        possible = modalities_for(corpus, record) if record and corpus else []
        self.modality.offer((MODALITY_TITLES[item], item.value) for item in possible)
        has_choice = len(possible) > 1 or Modality.IMAGE in possible
        self._offer(self._modality_field, has_choice)

    def _show_prompts(self) -> None:
        record = self.record
        blocked = self.prompt.blockSignals(True)
        self.prompt.clear()
        default = record.prompts.get(record.default_prompt_name, "") if record else ""
        self.prompt.addItem(f"As the encoder does: {default}" if default else "None", DEFAULT)
        for name, text in (record.prompts if record else {}).items():
            if text:
                self.prompt.addItem(f"{name}: {text}", (NAMED, name))
        self.prompt.addItem("Type one…", TYPED)
        for name in self._embedding_prompts:
            self.prompt.addItem(f"Embedding prompt: {name}", (EMBEDDING, name))
        self.prompt.setCurrentIndex(0)
        self.prompt.blockSignals(blocked)
        self._typed_field.hide()
        self._reading.hide()

    def _on_encoder_changed(self, _number: int) -> None:
        self._show_prompts()
        # What is natural for one encoder need not be so for another.
        self.modality.setCurrentIndex(-1)
        self._show_modalities()
        self._show_engine()
        self.changed.emit()

    def _on_prompt_changed(self, _number: int) -> None:
        choice = self.prompt.currentData()
        is_rendered = isinstance(choice, tuple) and choice[0] == EMBEDDING
        self._typed_field.setVisible(choice == TYPED)
        self._reading.setVisible(is_rendered)
        if is_rendered and self.record is not None:
            is_chat = has_chat_form(Path(self.record.folder))
            self.reading_note.setText(CHAT if is_chat else NO_CHAT)
        self.changed.emit()

    def _on_choice_made(self, _value: object) -> None:
        self.changed.emit()
