"""The parameters of a method, written out to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from embedding_lab.registry.markdown import default_text
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.surfaces import rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedding_lab.registry.parameter import Parameter

HEADERS = ("Parameter", "Default", "Takes", "What it does")
SHARES = (3, 3, 5, 9)


class ParameterList(QWidget):
    """Names, defaults, allowed values and what they do, as high as their texts need."""

    def __init__(self, parameters: Sequence[Parameter]) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(8)
        for column, (title, share) in enumerate(zip(HEADERS, SHARES, strict=True)):
            self._grid.addWidget(Label(title, "field"), 0, column)
            self._grid.setColumnStretch(column, share)
        for item in parameters:
            row = self._grid.rowCount()
            self._grid.addWidget(rule(), row, 0, 1, len(HEADERS))
            for column, text in enumerate(
                (item.title, default_text(item), item.rule, f"{item.help}.")
            ):
                label = Label(text, wraps=True).make_selectable()
                self._grid.addWidget(label, row + 1, column, Qt.AlignmentFlag.AlignTop)

    def rows(self) -> list[list[str]]:
        """Return what is shown, row by row, without the headers."""
        shown = []
        for row in range(2, self._grid.rowCount(), 2):
            items = (self._grid.itemAtPosition(row, column) for column in range(len(HEADERS)))
            widgets = (item.widget() for item in items if item is not None)
            shown.append([widget.text() for widget in widgets if isinstance(widget, Label)])
        return shown
