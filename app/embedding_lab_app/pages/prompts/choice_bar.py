"""Which corpus, which encoder, and what of a row: the fields above everything that is tested."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from embedding_lab_app.widgets.choice_box import ChoiceBox
from embedding_lab_app.widgets.field import Field
from embedding_lab_app.widgets.layout import row

if TYPE_CHECKING:
    from embedding_lab_app.pages.prompts.choices import PromptChoices

MODALITIES = {"text": "Texts", "image": "Pictures", "image+text": "Both"}


class ChoiceBar(QWidget):
    """Shows the choices of the page and passes on what is chosen.

    Signals
    -------
    corpus_chosen(), vectors_chosen()
        Somebody chose another corpus; another encoder, or something else of a row.
    """

    corpus_chosen = Signal()
    vectors_chosen = Signal()

    def __init__(self, choices: PromptChoices) -> None:
        super().__init__()
        self._choices = choices
        self.corpus, self.encoder, self.modality = (ChoiceBox() for _ in range(3))
        self._modality_field = Field("Classified", self.modality, "What of a row is classified")
        fields = row(
            Field("Corpus", self.corpus, "Whose labelled rows, or judged queries"),
            Field("Encoder", self.encoder, "Whose vectors are compared"),
            self._modality_field,
            spacing=12,
        )
        for place in range(3):
            fields.setStretch(place, 1)
        self.setLayout(fields)
        self.corpus.activated.connect(self._on_corpus_activated)
        self.encoder.activated.connect(self._on_encoder_activated)
        self.modality.activated.connect(self._on_modality_activated)

    def show_choices(self) -> None:
        """Offer what there is now."""
        choices = self._choices
        self.corpus.offer((item.name, item.id) for item in choices.corpora)
        self.corpus.choose(choices.corpus.id if choices.corpus else "")
        self.encoder.offer((item.name, item.id) for item in choices.encoders)
        self.encoder.choose(choices.encoder.id if choices.encoder else "")
        self.modality.offer((MODALITIES[item], item) for item in choices.modalities)
        self.modality.choose(choices.modality)
        self._modality_field.setVisible(len(choices.modalities) > 1)

    def _on_corpus_activated(self, _index: int) -> None:
        self._choices.choose(self.corpus.chosen)
        self.corpus_chosen.emit()

    def _on_encoder_activated(self, _index: int) -> None:
        self._choices.choose(encoder_id=self.encoder.chosen)
        self.vectors_chosen.emit()

    def _on_modality_activated(self, _index: int) -> None:
        self._choices.choose(modality=self.modality.chosen)
        self.vectors_chosen.emit()
