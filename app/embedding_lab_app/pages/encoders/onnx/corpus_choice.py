"""Choosing the corpus on whose rows an ONNX file is proven or measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox

if TYPE_CHECKING:
    from collections.abc import Iterable

    from embedding_lab.workspace.corpus import Corpus


class CorpusChoice(QComboBox):
    """The corpora of the workspace by name, after the bundled sample where that will do."""

    def __init__(self, *, has_sample: bool) -> None:
        super().__init__()
        self._has_sample = has_sample
        self.setMinimumContentsLength(18)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    @property
    def chosen(self) -> str:
        """The name of the chosen corpus; empty for the sample, or for none."""
        return str(self.currentData() or "")

    def show_corpora(self, corpora: Iterable[Corpus]) -> None:
        """Offer other corpora, keeping the choice where it is still there."""
        chosen = self.chosen
        blocked = self.blockSignals(True)
        self.clear()
        if self._has_sample:
            self.addItem("The bundled sample", "")
        for corpus in corpora:
            self.addItem(corpus.name, corpus.name)
        self.setCurrentIndex(max(0, self.findData(chosen)) if self.count() else -1)
        self.blockSignals(blocked)
