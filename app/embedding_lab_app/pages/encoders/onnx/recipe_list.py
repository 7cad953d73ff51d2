"""The recipes that make an ONNX file smaller, each with what it does and what it costs."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QWidget

from embedding_lab.export.shrink import RECIPES, Recipe, truncated
from embedding_lab_app.widgets.field import NumberField
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import boxed, column, row

# It measures every product alone, which takes many times as long as all others together.
SLOW = {"mixed"}
COLUMNS = 2
INDENT = 24


class RecipeList(QWidget):
    """Checkboxes with their sentences. ``changed`` tells that other recipes are chosen."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.boxes: dict[str, QCheckBox] = {}
        self.dimension = NumberField(1, 1, "dimensions")
        self.dimension.setAccessibleName("Dimensions to keep")
        self.dimension.valueChanged.connect(self._on_choice_made)
        self.truncated = QCheckBox("Fewer dimensions")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(12)
        cells = [self._cell(recipe) for recipe in RECIPES]
        cells.append(self._truncated_cell())
        for number, cell in enumerate(cells):
            grid.addWidget(cell, number // COLUMNS, number % COLUMNS)
        for column_number in range(COLUMNS):
            grid.setColumnStretch(column_number, 1)

    @property
    def chosen(self) -> tuple[str, ...]:
        """The ids of the chosen recipes."""
        found = [name for name, box in self.boxes.items() if box.isChecked()]
        if self.truncated.isChecked():
            found.append(f"truncated:{self.dimension.value()}")
        return tuple(found)

    def show_dimension(self, dimension: int) -> None:
        """Offer fewer dimensions than the encoder has, two thirds of them at first."""
        blocked = self.dimension.blockSignals(True)
        self.dimension.setRange(1, max(1, dimension - 1))
        self.dimension.setValue(max(1, 2 * dimension // 3))
        self.dimension.blockSignals(blocked)

    def _cell(self, recipe: Recipe) -> QWidget:
        box = QCheckBox(recipe.title)
        box.setChecked(recipe.id not in SLOW)
        box.setAccessibleDescription(f"{recipe.summary} {recipe.limits}")
        box.toggled.connect(self._on_choice_made)
        self.boxes[recipe.id] = box
        return boxed(column(box, _sentences(recipe.summary, recipe.limits), None, spacing=4))

    def _truncated_cell(self) -> QWidget:
        recipe = truncated(1)
        self.truncated.setAccessibleDescription(recipe.limits)
        self.truncated.toggled.connect(self._on_choice_made)
        number = row(INDENT, self.dimension, None, spacing=0)
        text = _sentences("Vectors are cut to these and normalized again.", recipe.limits)
        return boxed(column(self.truncated, text, number, None, spacing=4))

    def _on_choice_made(self, _value: object) -> None:
        self.changed.emit()


def _sentences(*sentences: str) -> QWidget:
    text = Label(" ".join(sentences), "small", wraps=True)
    line = row(INDENT, text, spacing=0)
    line.setStretch(1, 1)
    return boxed(line)
