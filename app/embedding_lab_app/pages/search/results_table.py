"""The table of results, which is dimmed while others are on their way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QGraphicsOpacityEffect

from embedding_lab_app.pages.search.result_delegates import (
    ROW_HEIGHT,
    ResultDelegate,
    ScoreDelegate,
)
from embedding_lab_app.pages.search.results_model import RESULT, SCORE
from embedding_lab_app.widgets.data_table import DataTable

if TYPE_CHECKING:
    from embedding_lab_app.pages.search.results_model import ResultsModel
    from embedding_lab_app.theme import Theme

WIDTHS = (40, 72, 520, 120, 120)
DIMMED = 0.5


class ResultsTable(DataTable):
    """Shows a :class:`ResultsModel`, best first."""

    def __init__(self, model: ResultsModel, theme: Theme) -> None:
        super().__init__("Search results, best first")
        self.setModel(model)
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self.setItemDelegateForColumn(SCORE, ScoreDelegate(theme, self))
        self.setItemDelegateForColumn(RESULT, ResultDelegate(theme, self))
        self.set_widths(*WIDTHS)
        self.stretch(RESULT)
        self._dim = QGraphicsOpacityEffect(self)
        self._dim.setOpacity(1)
        self._dim.setEnabled(False)
        self.viewport().setGraphicsEffect(self._dim)

    def dim(self, *, is_dim: bool) -> None:
        """Dim results that are about to be replaced, so that nobody reads them as new."""
        if is_dim:
            self._dim.setOpacity(DIMMED)
        self._dim.setEnabled(is_dim)
