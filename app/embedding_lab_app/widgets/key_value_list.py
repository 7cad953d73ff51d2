"""Names and values under each other, as on a card or in the inspector."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from embedding_lab_app.widgets.labels import Label, WrappedText

if TYPE_CHECKING:
    from collections.abc import Iterable


class KeyValueList(QWidget):
    """Two columns: muted names, selectable values."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnStretch(1, 1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def show_pairs(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Replace what is shown."""
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for number, (name, value) in enumerate(pairs):
            key = Label(name, "muted")
            key.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
            text = WrappedText(value)
            text.setAccessibleName(f"{name}: {value}"[:200])
            self._grid.addWidget(key, number, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(text, number, 1)

    def pairs(self) -> dict[str, str]:
        """Return what is shown."""
        found = {}
        for number in range(self._grid.rowCount()):
            key = self._grid.itemAtPosition(number, 0)
            value = self._grid.itemAtPosition(number, 1)
            if key is None or value is None:
                continue
            name, text = key.widget(), value.widget()
            if isinstance(name, Label) and isinstance(text, WrappedText):
                found[name.text()] = text.toPlainText()
        return found
