"""Points with names: hover says which, a click chooses one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import Signal

from embedding_lab_app.plots.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedding_lab_app.plots.canvas import Canvas
    from embedding_lab_app.plots.figure import Surroundings

DOT, CHOSEN_DOT = 9, 15


@dataclass(frozen=True)
class Point:
    """One point; the interval of its height is drawn if there is one."""

    name: str
    x: float
    y: float
    group: str = ""
    y_interval: tuple[float, float] | None = None


class ScatterPlot(Figure):
    """Points in the colours of their groups.

    Signals
    -------
    chosen(number)
        Somebody clicked the point with this number, or chose its row in the table.
    """

    chosen = Signal(int)
    has_caption = True
    is_movable = True

    def __init__(self, around: Surroundings, title: str, *, x: str, y: str) -> None:
        self.x_label, self.y_label = x, y
        super().__init__(around, title, columns_of(x, y))
        self.points: list[Point] = []
        self._joined: list[int] = []
        self._marked = -1
        self.table.activated.connect(self._on_table_activated)

    def show_points(self, points: Sequence[Point], joined: Sequence[int] = ()) -> None:
        """Show other points; ``joined`` are connected by a line in this order, as a front is."""
        self.points, self._joined, self._marked = list(points), list(joined), -1
        self.show_records([_record(point) for point in points])

    def mark(self, number: int) -> None:
        """Draw a ring around one point; -1 takes it away."""
        self._marked = number
        self.redraw()

    def prepare(self, canvas: Canvas) -> None:
        """Tell what is under the mouse and what is clicked."""
        canvas.watch(self._on_clicked, self._on_hovered)

    def draw(self, canvas: Canvas) -> None:
        """Draw the front, error bars, the points of each group, and the ring."""
        import pyqtgraph as pg

        if not self.points:
            return
        x = np.array([point.x for point in self.points], dtype=np.float64)
        y = np.array([point.y for point in self.points], dtype=np.float64)
        if self._joined:
            pen = canvas.pen(self.theme.colour("muted"), 1)
            front = x[self._joined], y[self._joined]
            canvas.add(pg.PlotCurveItem(*front, pen=pen, antialias=True))
        groups = list(dict.fromkeys(point.group for point in self.points))
        colours = {group: self.theme.category(number) for number, group in enumerate(groups)}
        for group, colour in colours.items():
            numbers = [i for i, point in enumerate(self.points) if point.group == group]
            self._draw_errors(canvas, numbers, colour)
            # One item and one brush for a group: a brush for each point takes seconds.
            canvas.add(pg.ScatterPlotItem(x[numbers], y[numbers], size=DOT, brush=colour, pen=None))
        if 0 <= self._marked < len(self.points):
            ring = canvas.pen(self.theme.colour("text"))
            canvas.add(
                pg.ScatterPlotItem(
                    x[[self._marked]], y[[self._marked]], size=CHOSEN_DOT, brush=None, pen=ring
                )
            )
        canvas.show_legend([(group, colour) for group, colour in colours.items() if group])

    def _draw_errors(self, canvas: Canvas, numbers: Sequence[int], colour: Any) -> None:
        import pyqtgraph as pg

        known = [
            (point.x, point.y, point.y_interval)
            for point in (self.points[i] for i in numbers)
            if point.y_interval is not None
        ]
        if known:
            x, y = (np.array([item[axis] for item in known], dtype=np.float64) for axis in (0, 1))
            low, high = np.array([item[2] for item in known], dtype=np.float64).T
            pen = canvas.pen(colour, 1.5)
            canvas.add(pg.ErrorBarItem(x=x, y=y, bottom=y - low, top=high - y, pen=pen))

    def nearest(self, x: float, y: float) -> int:
        """Return the number of the point that is drawn at a place of the axes, -1 for none."""
        if not self.points:
            return -1
        pixel_x, pixel_y = self.canvas.plot.getViewBox().viewPixelSize()
        away = [
            max(abs(point.x - x) / pixel_x, abs(point.y - y) / pixel_y) for point in self.points
        ]
        found = int(np.argmin(away))
        return found if away[found] <= DOT else -1

    def _on_clicked(self, x: float, y: float) -> None:
        number = self.nearest(x, y)
        if number >= 0:
            self.mark(number)
            self.table.selectRow(number)
            self.chosen.emit(number)

    def _on_hovered(self, x: float, y: float) -> None:
        number = self.nearest(x, y)
        self.caption.setText(_words(self.points[number]) if number >= 0 else "")

    def _on_table_activated(self, index: Any) -> None:
        self.mark(index.row())
        self.chosen.emit(index.row())


def columns_of(x: str, y: str) -> tuple[tuple[str, str], ...]:
    """Return the columns of the table beside points."""
    return (
        ("name", "Name"), ("group", "Group"), ("x", x), ("y", y), ("low", "From"), ("high", "To"),
    )  # fmt: skip


def _record(point: Point) -> dict[str, str]:
    low, high = point.y_interval or (None, None)
    return {
        "name": point.name,
        "group": point.group,
        "x": f"{point.x:,.6g}",
        "y": f"{point.y:,.6g}",
        "low": "" if low is None else f"{low:,.6g}",
        "high": "" if high is None else f"{high:,.6g}",
    }


def _words(point: Point) -> str:
    interval = ""
    if point.y_interval is not None:
        interval = f" [{point.y_interval[0]:,.4g}, {point.y_interval[1]:,.4g}]"
    return f"{point.name}: {point.x:,.4g}, {point.y:,.4g}{interval}"
