"""Thousands of points in groups, for the shape of a cloud rather than for single points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from embedding_lab_app.plots.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from embedding_lab_app.plots.canvas import Canvas
    from embedding_lab_app.plots.figure import Surroundings

DOT = 5
ALPHA = 130
ROOM = 0.5
MOST_TABLE_ROWS = 2000


@dataclass(frozen=True)
class Cloud:
    """The points of one group; ``x`` and ``y`` have the same length."""

    name: str
    x: NDArray[np.floating]
    y: NDArray[np.floating]


@dataclass(frozen=True)
class Corner:
    """The part of the axes right of ``x`` and above ``y``, and what it means."""

    name: str
    x: float
    y: float


class CloudPlot(Figure):
    """Clouds over each other, those given first at the bottom, and perhaps a named corner."""

    is_movable = True

    def __init__(self, around: Surroundings, title: str, *, x: str, y: str) -> None:
        self.x_label, self.y_label = x, y
        super().__init__(around, title, (("group", "Group"), ("x", x), ("y", y)))
        self.clouds: list[Cloud] = []
        self.corner: Corner | None = None

    def show_clouds(self, clouds: Sequence[Cloud], corner: Corner | None = None) -> None:
        """Show other points."""
        self.clouds, self.corner = list(clouds), corner
        self.show_records([record for cloud in clouds for record in _records(cloud, len(clouds))])

    def draw(self, canvas: Canvas) -> None:
        """Draw every cloud, and the corner's lines with its name."""
        import pyqtgraph as pg

        legend = []
        for number, cloud in enumerate(self.clouds):
            colour = self.theme.category(number)
            legend.append((cloud.name, colour))
            shade = type(colour)(colour)
            shade.setAlpha(ALPHA)
            x, y = (np.asarray(axis, dtype=np.float64) for axis in (cloud.x, cloud.y))
            canvas.add(pg.ScatterPlotItem(x, y, size=DOT, brush=shade, pen=None))
        canvas.show_legend(legend)
        if self.corner is None or not self.clouds:
            return
        muted = self.theme.colour("muted")
        canvas.line(self.corner.x, is_vertical=True, colour=muted)
        canvas.line(self.corner.y, is_vertical=False, colour=muted)
        x = np.concatenate([cloud.x for cloud in self.clouds])
        y = np.concatenate([cloud.y for cloud in self.clouds])
        left, right = (float(end(x, initial=self.corner.x)) for end in (np.min, np.max))
        top = float(np.max(y, initial=self.corner.y))
        # The name needs room beside the line, even where no point lies.
        right = max(right, self.corner.x + ROOM * (self.corner.x - left))
        canvas.add(pg.ScatterPlotItem([right], [top], size=1, brush=None, pen=None))
        words = pg.TextItem(self.corner.name, color=self.theme.colour("text"), anchor=(1, 1))
        words.setPos(right, top)
        canvas.add(words)


def _records(cloud: Cloud, n_clouds: int) -> list[dict[str, str]]:
    step = max(1, len(cloud.x) * n_clouds // MOST_TABLE_ROWS)
    return [
        {"group": cloud.name, "x": f"{x:.4f}", "y": f"{y:.4f}"}
        for x, y in zip(cloud.x[::step].tolist(), cloud.y[::step].tolist(), strict=True)
    ]
