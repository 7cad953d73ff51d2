"""The confusion matrix, and the rows behind the cell that is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QWidget

from embedding_lab.prompts.experiments import confusion_of, rows_of_cell
from embedding_lab_app.pages.prompts.items_table import ItemsTable
from embedding_lab_app.pages.prompts.words import MODES
from embedding_lab_app.plots.matrix import MatrixPlot
from embedding_lab_app.widgets.choice_box import ChoiceBox
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.surfaces import Surface, scrolled
from embedding_lab_app.widgets.wording import count

if TYPE_CHECKING:
    from embedding_lab_app.context import AppContext
    from embedding_lab_app.pages.prompts.zero_shot import Outcome, ZeroShotController

MATRIX_HEIGHT, ITEMS_HEIGHT = 180, 132
USUAL_MODES = ("mean", "vote", "calibrated")
COLUMNS = (("margin", "Margin"), ("disagreement", "Disagreement"))


class ConfusionView(QWidget):
    """A cell selects the rows behind it, everywhere in the window.

    Signals
    -------
    row_chosen(row)
        A row is to be shown whole.
    """

    row_chosen = Signal(int)

    def __init__(self, context: AppContext, controller: ZeroShotController) -> None:
        super().__init__()
        self._controller = controller
        self.mode = ChoiceBox(max(map(len, MODES.values())))
        self.mode.offer((MODES[mode], mode) for mode in USUAL_MODES)
        self.mode.setAccessibleName("Classified by")
        self.mode.setToolTip("Which predictions the matrix counts")
        self.mode.currentIndexChanged.connect(self._show_matrix)
        self.matrix = MatrixPlot(
            context, "Confusion matrix", rows="True class", columns="Predicted class"
        )
        self.items = ItemsTable(context, "Rows of the cell", COLUMNS)
        self.items.table.set_widths(72, 80, 128)
        self.matrix.stack.setMinimumHeight(MATRIX_HEIGHT)
        self.items.setMinimumHeight(ITEMS_HEIGHT)
        frame = Surface("card", column(self.matrix, margins=(16, 8, 16, 8)))
        content = QWidget()
        head = boxed(row(Label("Classified by", "field"), self.mode, None))
        layout = column(head, frame, self.items, margins=(0, 12, 8, 0))
        layout.setStretch(1, 3)
        layout.setStretch(2, 2)
        content.setLayout(layout)
        self._area = scrolled(content)
        self.setLayout(column(self._area))
        self.items.hide()
        self.matrix.cell_chosen.connect(self._on_cell_chosen)
        self.items.row_chosen.connect(self.row_chosen)

    def show_outcome(self, outcome: Outcome) -> None:
        """Show a test or a preview."""
        self.mode.offer((title, mode) for mode, title in MODES.items() if mode in outcome.items)
        self._show_matrix()

    def _show_matrix(self, _index: int = 0) -> None:
        outcome = self._controller.outcome
        if outcome is None:
            return
        names = [item["label"] for item in outcome.result["classes"]]
        counts = confusion_of(outcome.items, len(names), self.mode.chosen)
        self.matrix.show_counts(names, counts.tolist())
        self.matrix.caption.setText("Choose a cell to see the rows behind it.")
        self.items.clear()
        self.items.hide()

    def _on_cell_chosen(self, true: int, predicted: int) -> None:
        outcome = self._controller.outcome
        if outcome is None:
            return
        labels = [item["label"] for item in outcome.result["classes"]]
        found = rows_of_cell(outcome.items, true, predicted, self.mode.chosen)
        rows = [int(row) for row in found]
        place = {int(row): i for i, row in enumerate(outcome.items["row"])}
        records = [
            {
                "row": row,
                "margin": float(outcome.items["margin"][place[row]]),
                "disagreement": float(outcome.items["disagreement"][place[row]]),
            }
            for row in rows
        ]
        what = "rightly" if true == predicted else f"taken for {labels[predicted]}"
        heading = f"{count(len(rows), 'row')} of {labels[true]}, {what}."
        heading += " They are selected now." if rows else ""
        self.items.show()
        self.items.show_items(heading, outcome.result["corpus_id"], records)
        # In a low window the rows lie below what is seen.
        QTimer.singleShot(0, self, self._bring_rows_up)

    def _bring_rows_up(self) -> None:
        self._area.ensureWidgetVisible(self.items, 0, 0)
