"""Figures in the cells of a matrix, drawn by one item: an item for each cell takes seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

if TYPE_CHECKING:
    from collections.abc import Sequence

FIGURE_SIZE = 11
Cell = tuple[int, int, str, QColor]


class CellFigures(QGraphicsItem):
    """Words in cells of size 1 whose middles are whole numbers.

    Parameters
    ----------
    n : int
        Rows and columns.
    cells : sequence of (int, int, str, QColor)
        Row, column, what stands there, and its ink.
    font : QFont
        Of a size in pixels.
    cell_width : float
        Pixels of a cell on the screen; where cells are drawn larger, so are the letters.
    """

    def __init__(self, n: int, cells: Sequence[Cell], font: QFont, cell_width: float) -> None:
        super().__init__()
        self._n = n
        self._cells = list(cells)
        self._font = font
        self._cell_width = cell_width

    def boundingRect(self) -> QRectF:
        """Return the whole matrix."""
        return QRectF(-0.5, -0.5, self._n, self._n)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw every figure upright in the middle of its cell."""
        place = painter.worldTransform()
        font = QFont(self._font)
        scale = abs(place.m11()) / max(self._cell_width, 1)
        font.setPixelSize(max(1, round(FIGURE_SIZE * scale)))
        half_width, half_height = abs(place.m11()) / 2, abs(place.m22()) / 2
        painter.save()
        painter.setWorldTransform(QTransform())
        painter.setFont(font)
        for row, column, words, ink in self._cells:
            middle = place.map(QPointF(column, row))
            area = QRectF(
                middle.x() - half_width,
                middle.y() - half_height,
                2 * half_width,
                2 * half_height,
            )
            painter.setPen(ink)
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, words)
        painter.restore()
