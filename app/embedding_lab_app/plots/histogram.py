"""Histograms over common bins, one over the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedding_lab_app.plots.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from embedding_lab_app.plots.canvas import Canvas
    from embedding_lab_app.plots.figure import Surroundings

FILL_ALPHA = 80


class Histogram(Figure):
    """Counts in bins, one series over the other in outline and a light fill."""

    def __init__(self, around: Surroundings, title: str, *, x: str, y: str = "Items") -> None:
        self.x_label, self.y_label = x, y
        columns = (("series", "Series"), ("low", "From"), ("high", "To"), ("count", y))
        super().__init__(around, title, columns)
        self._edges: list[float] = []
        self._series: dict[str, list[float]] = {}

    def show_counts(self, edges: Sequence[float], series: Mapping[str, Sequence[float]]) -> None:
        """Show other counts or shares: one fewer in each series than there are edges."""
        self._edges = list(edges)
        self._series = {name: list(counts) for name, counts in series.items()}
        self.show_records(
            [
                {
                    "series": name,
                    "low": f"{edges[i]:.4g}",
                    "high": f"{edges[i + 1]:.4g}",
                    "count": counts[i],
                }
                for name, counts in self._series.items()
                for i in range(len(counts))
            ]
        )

    def draw(self, canvas: Canvas) -> None:
        """Draw every series as steps over zero."""
        import pyqtgraph as pg

        legend = []
        for number, (name, counts) in enumerate(self._series.items()):
            colour = self.theme.category(number)
            legend.append((name, colour))
            shade = type(colour)(colour)
            shade.setAlpha(FILL_ALPHA)
            canvas.add(
                pg.PlotCurveItem(
                    np.array(self._edges, dtype=np.float64),
                    np.array(counts, dtype=np.float64),
                    stepMode="center",
                    fillLevel=0,
                    brush=shade,
                    pen=canvas.pen(colour, 1.5),
                    antialias=True,
                )
            )
        canvas.show_legend(legend)
