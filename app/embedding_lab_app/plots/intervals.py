"""Named values with their intervals, under each other, against a reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Signal

from embedding_lab_app.plots.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedding_lab_app.plots.canvas import Canvas
    from embedding_lab_app.plots.figure import Surroundings

DOT, CAP = 8, 0.25
ROW_HEIGHT, FRAME = 22, 56
MOST_DRAWN = 60


@dataclass(frozen=True)
class Estimate:
    """A value with its interval."""

    name: str
    value: float
    low: float
    high: float


class IntervalPlot(Figure):
    """Dots with error bars, the first at the top; the table has all of them.

    Signals
    -------
    chosen(number)
        Somebody clicked the estimate with this number.
    """

    chosen = Signal(int)
    has_caption = True

    def __init__(self, around: Surroundings, title: str, *, x: str, what: str = "Name") -> None:
        self.x_label = x
        columns = (("name", what), ("value", x), ("low", "95 % from"), ("high", "to"))
        super().__init__(around, title, columns)
        self.estimates: list[Estimate] = []
        self._reference: float | None = None

    def show_estimates(self, estimates: Sequence[Estimate], reference: float | None = None) -> None:
        """Show other estimates, and a dashed line at what they are compared with."""
        self.estimates = list(estimates)
        self._reference = reference
        n = min(len(self.estimates), MOST_DRAWN)
        self.stack.setMinimumHeight(max(120, FRAME + ROW_HEIGHT * n))
        if len(self.estimates) > MOST_DRAWN:
            self.caption.setText(f"The first {MOST_DRAWN} are drawn; the table has all.")
        else:
            self.caption.setText("")
        self.show_records(
            [
                {
                    "name": item.name,
                    "value": f"{item.value:.4f}",
                    "low": f"{item.low:.4f}",
                    "high": f"{item.high:.4f}",
                }
                for item in self.estimates
            ]
        )

    def prepare(self, canvas: Canvas) -> None:
        """Count downwards, and tell what is clicked."""
        canvas.plot.invertY(True)
        canvas.watch(self._on_clicked, None)

    def draw(self, canvas: Canvas) -> None:
        """Draw the reference, then error bars and dots."""
        import pyqtgraph as pg

        drawn = self.estimates[:MOST_DRAWN]
        canvas.name_ticks("left", [item.name for item in drawn])
        if not drawn:
            return
        canvas.plot.setYRange(-0.6, len(drawn) - 0.4, padding=0)
        if self._reference is not None:
            canvas.line(self._reference, is_vertical=True, colour=self.theme.colour("muted"))
        at = np.arange(len(drawn), dtype=np.float64)
        value = np.array([item.value for item in drawn])
        left = value - np.array([item.low for item in drawn])
        right = np.array([item.high for item in drawn]) - value
        colour = self.theme.category(0)
        canvas.add(
            pg.ErrorBarItem(
                x=value, y=at, left=left, right=right, beam=CAP, pen=canvas.pen(colour, 1.5)
            )
        )
        canvas.add(pg.ScatterPlotItem(value, at, size=DOT, brush=colour, pen=None))

    def _on_clicked(self, _x: float, y: float) -> None:
        number = round(y)
        if 0 <= number < min(len(self.estimates), MOST_DRAWN):
            self.table.selectRow(number)
            self.chosen.emit(number)
