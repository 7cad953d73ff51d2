"""How an embedding prompt is read: which tokens, which layer, and what it means here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from embedding_lab.encoders.contract import EOS, LAST, MEAN
from embedding_lab.encoders.plain_rendering import has_chat_form
from embedding_lab_app.widgets.choice_box import ChoiceBox
from embedding_lab_app.widgets.field import Field, NumberField
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import column, row

if TYPE_CHECKING:
    from embedding_lab.encoders.record import EncoderRecord

POOLING_TITLES = {
    "": "As usual",
    LAST: "Last token of the prompt",
    MEAN: "Mean of all tokens",
    EOS: "End-of-text token behind it",
}
MOST_LAYERS = 999
LEAST_LETTERS = 10
CHAT = (
    "Rows are read with its system text and the line for documents, queries with that for queries. "
    "The vectors keep the prompt, and a search reads queries as it says."
)
NO_CHAT = (
    "This encoder has no chat form: the system text is a prefix of every row and query, and the "
    "line stands behind. A search reads queries as the prompt says."
)


class ReadingFields(QWidget):
    """Pooling, layer, and a sentence. ``changed`` tells that a choice was made."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pooling = ChoiceBox(LEAST_LETTERS)
        self.pooling.offer((title, name) for name, title in POOLING_TITLES.items())
        self.layer = NumberField(-1, MOST_LAYERS)
        self.layer.setValue(-1)
        self.layer.setSpecialValueText("The last")
        self.note = Label("", "small", wraps=True)
        fields = row(
            Field("Pooling", self.pooling, "Which tokens' states become the vector"),
            Field("Layer", self.layer, "Which hidden state; 0 is what goes into the first layer"),
            spacing=12,
        )
        fields.setStretch(0, 1)
        fields.setStretch(1, 1)
        self.setLayout(column(fields, self.note, spacing=4))
        self.pooling.currentIndexChanged.connect(self._on_choice_made)
        self.layer.valueChanged.connect(self._on_choice_made)

    def show_encoder(self, record: EncoderRecord | None) -> None:
        """Say what an embedding prompt does for an encoder."""
        is_chat = record is not None and has_chat_form(Path(record.folder))
        self.note.setText(CHAT if is_chat else NO_CHAT)

    def _on_choice_made(self, _value: object) -> None:
        self.changed.emit()
