"""Curves over a common axis: given whole, or growing while a job runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from embedding_lab_app.plots.figure import Figure
from embedding_lab_app.plots.thinning import ThinnedCurve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from embedding_lab_app.plots.canvas import Canvas
    from embedding_lab_app.plots.figure import Surroundings

BAND_ALPHA = 48
DOT = 6
MOST_TABLE_ROWS = 2000


@dataclass(frozen=True)
class Curve:
    """One curve. ``low`` and ``high`` are drawn as a band, of equal length with ``x`` and ``y``."""

    name: str
    x: ArrayLike
    y: ArrayLike
    low: ArrayLike | None = None
    high: ArrayLike | None = None
    has_dots: bool = False


class CurvePlot(Figure):
    """Curves by name; :meth:`append` lets them grow in constant memory, with their extremes."""

    is_movable = True

    def __init__(self, around: Surroundings, title: str, *, x: str, y: str) -> None:
        self.x_label, self.y_label = x, y
        columns = (("curve", "Curve"), ("x", x), ("y", y), ("low", "From"), ("high", "To"))
        super().__init__(around, title, columns)
        self.curves: list[Curve] = []
        self._growing: dict[str, ThinnedCurve] = {}
        self.diagonal = False

    def show_curves(self, curves: Sequence[Curve]) -> None:
        """Replace all curves."""
        self._growing.clear()
        self._show(curves)

    def append(self, name: str, x: float, y: float) -> None:
        """Let a curve grow by a point; it is seen after :meth:`refresh`."""
        self._growing.setdefault(name, ThinnedCurve()).append(x, y)

    def refresh(self) -> None:
        """Show the growing curves as they stand, as a timer does now and then."""
        curves = []
        for name, growing in self._growing.items():
            told = growing.shown()
            curves.append(Curve(name, told.x, told.mean, told.low, told.high))
        self._show(curves)

    def _show(self, curves: Sequence[Curve]) -> None:
        self.curves = list(curves)
        self.show_records([record for curve in curves for record in _records(curve)])

    def draw(self, canvas: Canvas) -> None:
        """Draw bands, then curves."""
        import pyqtgraph as pg

        colours = [self.theme.category(number) for number in range(len(self.curves))]
        if self.diagonal:
            pen = canvas.pen(self.theme.colour("muted"), 1)
            canvas.add(pg.PlotCurveItem([0, 1], [0, 1], pen=pen, antialias=True))
        for curve, colour in zip(self.curves, colours, strict=True):
            if curve.low is not None and curve.high is not None:
                ends = [
                    canvas.add(pg.PlotCurveItem(_array(curve.x), _array(end), pen=None))
                    for end in (curve.low, curve.high)
                ]
                shade = type(colour)(colour)
                shade.setAlpha(BAND_ALPHA)
                canvas.add(pg.FillBetweenItem(*ends, brush=shade))
            item = pg.PlotDataItem(
                _array(curve.x),
                _array(curve.y),
                pen=canvas.pen(colour),
                antialias=True,
                symbol="o" if curve.has_dots else None,
                symbolSize=DOT,
                symbolBrush=colour,
                symbolPen=None,
            )
            canvas.add(item)
            # Only an item that is in a view already can be cut to it.
            item.setDownsampling(auto=True, method="peak")
            item.setClipToView(True)
        canvas.show_legend(
            [(curve.name, colour) for curve, colour in zip(self.curves, colours, strict=True)]
        )


def _array(values: ArrayLike) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.asarray(values, dtype=np.float64).reshape(-1)


def _records(curve: Curve) -> list[dict[str, str]]:
    x, y = _array(curve.x), _array(curve.y)
    step = max(1, len(x) // MOST_TABLE_ROWS)
    low = _array(curve.low) if curve.low is not None else None
    high = _array(curve.high) if curve.high is not None else None
    return [
        {
            "curve": curve.name,
            "x": f"{x[i]:,.6g}",
            "y": f"{y[i]:,.6g}",
            "low": f"{low[i]:,.6g}" if low is not None else "",
            "high": f"{high[i]:,.6g}" if high is not None else "",
        }
        for i in range(0, len(x), step)
    ]
