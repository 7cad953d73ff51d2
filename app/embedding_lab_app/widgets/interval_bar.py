"""A difference with its interval, drawn against zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

if TYPE_CHECKING:
    from embedding_lab_app.theme import Theme

HEIGHT, CAP, DOT = 24, 5, 4
MARGIN = 12


class IntervalBar(QWidget):
    """A line from one end of the interval to the other, a dot at the difference, a line at zero.

    Parameters
    ----------
    theme : Theme
        Where the colours come from.
    difference, interval : float, (float, float)
        What is drawn.
    reach : float
        The largest number either way that the bar has room for, so that several bars compare.
    token : str
        The colour of the line.
    name : str
        What a screen reader says, and the tooltip.
    """

    def __init__(
        self,
        theme: Theme,
        difference: float,
        interval: tuple[float, float],
        *,
        reach: float,
        token: str,
        name: str,
    ) -> None:
        super().__init__()
        self._theme = theme
        self._difference, self._interval = difference, interval
        self._reach = reach or 1.0
        self._token = token
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Return a size at which an interval can be read."""
        return QSize(320, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw zero, the interval and the difference."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.height() / 2
        painter.setPen(QPen(self._theme.colour("border"), 1))
        painter.drawLine(QPointF(MARGIN, middle), QPointF(self.width() - MARGIN, middle))
        zero = self._place(0)
        painter.setPen(QPen(self._theme.colour("muted"), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(zero, 0), QPointF(zero, self.height()))
        colour = self._theme.colour(self._token)
        painter.setPen(QPen(colour, 2))
        low, high = (self._place(end) for end in self._interval)
        painter.drawLine(QPointF(low, middle), QPointF(high, middle))
        for end in (low, high):
            painter.drawLine(QPointF(end, middle - CAP), QPointF(end, middle + CAP))
        painter.setBrush(colour)
        painter.drawEllipse(QPointF(self._place(self._difference), middle), DOT, DOT)

    def _place(self, number: float) -> float:
        room = self.width() - 2 * MARGIN
        return MARGIN + room * (number + self._reach) / (2 * self._reach)
