"""Which hidden states of an encoder become its vectors: pooling and layer."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from embedding_lab.encoders.contract import EOS, LAST, MEAN
from embedding_lab_app.widgets.choice_box import ChoiceBox
from embedding_lab_app.widgets.field import Field, NumberField
from embedding_lab_app.widgets.layout import row

POOLINGS = {
    "": "As usual",
    LAST: "Last token of the prompt",
    MEAN: "Mean of all tokens",
    EOS: "End-of-text token behind it",
}
MOST_LAYERS = 999
LEAST_LETTERS = 10


class ReadingFields(QWidget):
    """Two fields beside each other, and any more. ``changed`` tells that a choice was made."""

    changed = Signal()

    def __init__(self, *more: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pooling = ChoiceBox(LEAST_LETTERS)
        self.pooling.offer((title, name) for name, title in POOLINGS.items())
        self.layer = NumberField(-1, MOST_LAYERS)
        self.layer.setValue(-1)
        self.layer.setSpecialValueText("The last")
        fields = row(
            Field("Pooling", self.pooling, "Which tokens' states become the vector"),
            Field("Layer", self.layer, "Which hidden state; 0 is what goes into the first layer"),
            *more,
            spacing=12,
        )
        for place in range(fields.count()):
            fields.setStretch(place, 1)
        self.setLayout(fields)
        self.pooling.currentIndexChanged.connect(self._on_choice_made)
        self.layer.valueChanged.connect(self._on_choice_made)

    def _on_choice_made(self, _value: object) -> None:
        self.changed.emit()
