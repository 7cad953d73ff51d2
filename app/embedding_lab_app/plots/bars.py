"""Bars in groups: several things side by side under each of several measures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from embedding_lab_app.plots.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedding_lab_app.plots.canvas import Canvas
    from embedding_lab_app.plots.figure import Surroundings

# Of the room of a group, so much is left free.
GAP, CAP = 0.25, 0.3
# More than there are colours cannot be told apart; the table has all.
MOST_DRAWN = 6


@dataclass(frozen=True)
class Bar:
    """One thing's values, one for each group; an interval is a pair, or ``None`` without one."""

    name: str
    values: Sequence[float]
    intervals: Sequence[Sequence[float] | None] = ()


class BarPlot(Figure):
    """Groups of bars with error bars where there are intervals; the table has all of them."""

    has_caption = True

    def __init__(self, around: Surroundings, title: str, *, y: str, what: str) -> None:
        self.y_label = y
        columns = (
            ("name", what), ("group", "Measure"), ("value", y), ("low", "95 % from"), ("high", "to")
        )  # fmt: skip
        super().__init__(around, title, columns)
        self.groups: list[str] = []
        self.bars: list[Bar] = []

    def show_bars(self, groups: Sequence[str], bars: Sequence[Bar]) -> None:
        """Show other bars."""
        self.groups, self.bars = list(groups), list(bars)
        is_cut = len(self.bars) > MOST_DRAWN
        self.caption.setText(
            f"The first {MOST_DRAWN} are drawn; the table has all." if is_cut else ""
        )
        self.show_records(
            [
                {
                    "name": bar.name,
                    "group": group,
                    "value": f"{bar.values[at]:.4f}",
                    "low": f"{ends[0]:.4f}" if (ends := _interval(bar, at)) else "",
                    "high": f"{ends[1]:.4f}" if ends else "",
                }
                for bar in self.bars
                for at, group in enumerate(self.groups)
            ]
        )

    def draw(self, canvas: Canvas) -> None:
        """Draw the bars, their intervals, and a line at nothing."""
        import pyqtgraph as pg

        canvas.name_ticks("bottom", self.groups)
        drawn = self.bars[:MOST_DRAWN]
        if not drawn or not self.groups:
            return
        width = (1 - GAP) / len(drawn)
        colours = [self.theme.category(number) for number in range(len(drawn))]
        for number, (bar, colour) in enumerate(zip(drawn, colours, strict=True)):
            shift = (number - (len(drawn) - 1) / 2) * width
            x = np.arange(len(self.groups), dtype=np.float64) + shift
            heights = np.array(bar.values, dtype=np.float64)
            canvas.add(
                pg.BarGraphItem(x=x, height=heights, width=width * 0.9, brush=colour, pen=None)
            )
            self._draw_intervals(canvas, bar, x, width)
        canvas.line(0.0, is_vertical=False, colour=self.theme.colour("muted"))
        canvas.plot.setXRange(-0.5, len(self.groups) - 0.5, padding=0)
        canvas.show_legend([(bar.name, c) for bar, c in zip(drawn, colours, strict=True)])

    def _draw_intervals(self, canvas: Canvas, bar: Bar, x: np.ndarray, width: float) -> None:
        import pyqtgraph as pg

        places = [at for at in range(len(self.groups)) if _interval(bar, at)]
        if not places:
            return
        value = np.array([bar.values[at] for at in places])
        ends = np.array([_interval(bar, at) for at in places])
        pen = canvas.pen(self.theme.colour("text"), 1)
        canvas.add(
            pg.ErrorBarItem(
                x=x[places],
                y=value,
                bottom=value - ends[:, 0],
                top=ends[:, 1] - value,
                beam=width * CAP,
                pen=pen,
            )
        )


def _interval(bar: Bar, at: int) -> Sequence[float] | None:
    return bar.intervals[at] if bar.intervals else None
