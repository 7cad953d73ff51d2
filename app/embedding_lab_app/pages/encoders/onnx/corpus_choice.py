"""Choosing the corpus on whose rows an ONNX file is proven or measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab_app.widgets.choice_box import ChoiceBox

if TYPE_CHECKING:
    from collections.abc import Iterable

    from embedding_lab.workspace.corpus import Corpus

LEAST_LETTERS = 18


class CorpusChoice(ChoiceBox):
    """The corpora of the workspace by name, after the bundled sample where that will do."""

    def __init__(self, *, has_sample: bool) -> None:
        super().__init__(LEAST_LETTERS)
        self._usual = [("The bundled sample", "")] if has_sample else []

    def show_corpora(self, corpora: Iterable[Corpus]) -> None:
        """Offer other corpora, keeping the choice where it is still there."""
        self.offer([*self._usual, *((corpus.name, corpus.name) for corpus in corpora)])
