"""The panel on the right: what the open page tells of the selected thing."""

from __future__ import annotations

from PySide6.QtWidgets import QDockWidget, QStackedWidget, QWidget

from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import boxed, column


class InspectorDock(QDockWidget):
    """Shows the inspector widget of the open page, or a sentence where it has none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Inspector", parent)
        self.setObjectName("inspector")
        self.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        self._stack = QStackedWidget()
        empty = Label("Nothing is selected.", "muted", wraps=True)
        self._nothing = boxed(column(empty, None, margins=16))
        self._stack.addWidget(self._nothing)
        self._stack.setMinimumWidth(240)
        self.setWidget(self._stack)

    def keep(self, widget: QWidget | None) -> None:
        """Take a new page's inspector widget, so that it has an owner from the start."""
        if widget is not None:
            self._stack.addWidget(widget)

    def show_for(self, widget: QWidget | None) -> None:
        """Show a page's inspector widget."""
        self._stack.setCurrentWidget(widget or self._nothing)
