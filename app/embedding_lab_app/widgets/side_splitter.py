"""A list on the left and a page beside it, with a line between them to drag."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QSplitter, QWidget

SIDE_WIDTH = 224


class SideSplitter(QSplitter):
    """Keeps the width of its side when the window is resized, hidden, or opened again."""

    def __init__(self, side: QWidget, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._width = SIDE_WIDTH
        side.setMinimumWidth(SIDE_WIDTH)
        self.setChildrenCollapsible(False)
        self.addWidget(side)
        self.addWidget(content)
        self.setStretchFactor(1, 1)
        self.splitterMoved.connect(self._on_splitter_moved)

    @property
    def side_width(self) -> int:
        """The width of the side in pixels, even while it is hidden."""
        return self._width

    def set_side_width(self, width: object) -> None:
        """Take up a width that was saved; anything else is left alone."""
        if isinstance(width, int) and width >= SIDE_WIDTH:
            self._width = width
            self._apply()

    def event(self, event: QEvent) -> bool:
        """Give the side its width back after the splitter has shared the room its own way."""
        is_handled = super().event(event)
        if event.type() in {QEvent.Type.Resize, QEvent.Type.LayoutRequest}:
            self._apply()
        return is_handled

    def _apply(self) -> None:
        self.setSizes([self._width, max(1, self.width() - self._width)])

    def _on_splitter_moved(self, position: int, _index: int) -> None:
        self._width = position
