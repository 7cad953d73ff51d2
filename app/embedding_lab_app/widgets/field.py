"""Form fields: label above, help on hover, and what is wrong below as it is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QLineEdit, QSpinBox, QWidget

from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import column

if TYPE_CHECKING:
    from PySide6.QtGui import QIcon

UNIT_MARGIN = 8


class Field(QWidget):
    """A label, an input, and room for an error below it."""

    def __init__(
        self, title: str, widget: QWidget, help_text: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.input = widget
        self._label = Label(title, "field")
        self._label.setBuddy(widget)
        self._error = Label("", "error", wraps=True)
        self._error.hide()
        if not widget.accessibleName():
            widget.setAccessibleName(title)
        widget.setAccessibleDescription(help_text)
        widget.setToolTip(help_text)
        self._label.setToolTip(help_text)
        self.setLayout(column(self._label, widget, self._error, spacing=4))

    @property
    def error(self) -> str:
        """What is wrong now; empty when nothing is."""
        return self._error.text()

    def set_error(self, sentence: str) -> None:
        """Show what is wrong, or nothing."""
        self._error.setText(sentence)
        self._error.setVisible(bool(sentence))
        self.input.setProperty("invalid", bool(sentence))
        self.input.style().unpolish(self.input)
        self.input.style().polish(self.input)


class SearchField(QLineEdit):
    """A one-line input with a magnifying glass and a button to clear it."""

    def __init__(
        self, icon: QIcon, name: str, hint: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setPlaceholderText(hint or name)
        self.setClearButtonEnabled(True)
        self.glass = self.addAction(icon, QLineEdit.ActionPosition.LeadingPosition)


class NumberField(QSpinBox):
    """A whole number with thousands separators, and its unit if it has one."""

    def __init__(
        self, lowest: int, highest: int, unit: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setRange(lowest, highest)
        self.setGroupSeparatorShown(True)
        self.setSuffix(f" {unit}" if unit else "")
        # The style sheet's padding does not reach the text of a spin box.
        self.lineEdit().setTextMargins(8, 0, 0, 0)


class UnitField(QLineEdit):
    """A one-line input with a unit at its right end, inside the field."""

    def __init__(self, unit: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._unit = unit
        room = self.fontMetrics().horizontalAdvance(unit) + UNIT_MARGIN if unit else 0
        self.setTextMargins(0, 0, room, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the unit behind what is typed."""
        super().paintEvent(event)
        painter = QPainter(self)
        # The style sheet's own palette would make it paler than the theme's muted text.
        painter.setPen(QGuiApplication.palette().color(QPalette.ColorRole.PlaceholderText))
        place = self.rect().adjusted(0, 0, -UNIT_MARGIN, 0)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(place, right, self._unit)
