"""Drawing a result: its title, its snippet with the query's words marked, and its score."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QTextCharFormat, QTextLayout, QTextOption
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from embedding_lab_app.pages.search.results_model import HIT_ROLE, Hit
from embedding_lab_app.widgets.pictures import PixmapCache

if TYPE_CHECKING:
    from embedding_lab_app.theme import Theme

Index = QModelIndex | QPersistentModelIndex
ROW_HEIGHT = 72
MARGIN = 8
BAR_HEIGHT = 4
MOST_LINES = 2


class _HitDelegate(QStyledItemDelegate):
    """Draws the background as the style does; subclasses draw what is on it."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one cell."""
        self.initStyleOption(option, index)
        option.text = ""
        style = option.widget.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget)
        painter.save()
        painter.setClipRect(option.rect)
        area = option.rect.adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        self.draw(painter, area, option.font, index.data(HIT_ROLE))
        painter.restore()

    def draw(self, painter: QPainter, area: QRect, font: QFont, hit: Hit) -> None:
        """Draw the hit into ``area``; the base leaves the bare background."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the height every result has."""
        return QSize(super().sizeHint(option, index).width(), ROW_HEIGHT)


class ScoreDelegate(_HitDelegate):
    """The score in figures, over a bar that is full at 1."""

    def draw(self, painter: QPainter, area: QRect, font: QFont, hit: Hit) -> None:
        """Draw figures and bar."""
        painter.setFont(font)
        painter.setPen(self.theme.colour("text"))
        figures = QRect(area.left(), area.top(), area.width(), painter.fontMetrics().height())
        painter.drawText(figures, Qt.AlignmentFlag.AlignRight, f"{hit.score:.3f}")
        painter.setPen(Qt.PenStyle.NoPen)
        bar = QRectF(area.left(), figures.bottom() + 6, area.width(), BAR_HEIGHT)
        painter.setBrush(self.theme.colour("border"))
        painter.drawRect(bar)
        bar.setWidth(bar.width() * max(0.0, min(1.0, hit.score)))
        painter.setBrush(self.theme.colour("accent"))
        painter.drawRect(bar)


class ResultDelegate(_HitDelegate):
    """The title on one line, the snippet on two, marked where it shares words with the query.

    A picture stands before them.
    """

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self._pixmaps = PixmapCache(ROW_HEIGHT - 2 * MARGIN)

    def draw(self, painter: QPainter, area: QRect, font: QFont, hit: Hit) -> None:
        """Draw picture, title and snippet."""
        if hit.thumbnail:
            area = self._draw_picture(painter, area, hit)
        top = area.top()
        n_lines = MOST_LINES
        if hit.title:
            bold = QFont(font)
            bold.setWeight(QFont.Weight.DemiBold)
            painter.setFont(bold)
            painter.setPen(self.theme.colour("text"))
            metrics = painter.fontMetrics()
            title = metrics.elidedText(hit.title, Qt.TextElideMode.ElideRight, area.width())
            painter.drawText(QPointF(area.left(), top + metrics.ascent()), title)
            top += metrics.height() + 2
        else:
            n_lines += 1
        painter.setPen(self.theme.colour("muted" if hit.title else "text"))
        self._draw_snippet(painter, QRect(area.left(), top, area.width(), 0), font, (hit, n_lines))

    def _draw_picture(self, painter: QPainter, area: QRect, hit: Hit) -> QRect:
        """Draw the picture and return the room it leaves."""
        pixmap = self._pixmaps.get(hit.picture, lambda: hit.thumbnail)
        side = self._pixmaps.size.width()
        left = area.left() + (side - pixmap.width()) // 2
        top = area.top() + (side - pixmap.height()) // 2
        painter.drawPixmap(left, top, pixmap)
        return area.adjusted(side + 12, 0, 0, 0)

    def _draw_snippet(
        self, painter: QPainter, area: QRect, font: QFont, what: tuple[Hit, int]
    ) -> None:
        hit, n_lines = what
        before = "… " if hit.shown.start else ""
        after = " …" if hit.shown.stop < len(hit.text) else ""
        layout = QTextLayout(f"{before}{hit.snippet}{after}", font)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.setFormats([self._mark(start + len(before), n) for start, n in hit.marks])
        layout.beginLayout()
        y = 0.0
        for _ in range(n_lines):
            line = layout.createLine()
            if not line.isValid():
                break
            line.setLineWidth(area.width())
            line.setPosition(QPointF(0, y))
            y += line.height()
        layout.endLayout()
        layout.draw(painter, QPointF(area.topLeft()))

    def _mark(self, start: int, length: int) -> QTextLayout.FormatRange:
        marked = QTextLayout.FormatRange()
        marked.start = start
        marked.length = length
        look = QTextCharFormat()
        look.setBackground(self.theme.colour("highlight"))
        look.setForeground(self.theme.colour("text"))
        marked.format = look
        return marked
