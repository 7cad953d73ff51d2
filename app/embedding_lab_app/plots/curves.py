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
    from PySide6.QtGui import QColor

    from embedding_lab_app.plots.canvas import Canvas
    from embedding_lab_app.plots.figure import Surroundings

BAND_ALPHA = 48
FAINT_ALPHA = 72
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


@dataclass(frozen=True)
class Mark:
    """A place on the axis, such as a checkpoint; without a name it is drawn faintly."""

    x: float
    name: str


class CurvePlot(Figure):
    """Curves by name; :meth:`append` lets them grow in constant memory, with their extremes.

    The mouse over the figure says what every curve has there. Smoothing is an exponential mean
    whose first values are not pulled towards zero.
    """

    is_movable = True
    has_caption = True

    def __init__(self, around: Surroundings, title: str, *, x: str, y: str) -> None:
        self.x_label, self.y_label = x, y
        columns = (("curve", "Curve"), ("x", x), ("y", y), ("low", "From"), ("high", "To"))
        super().__init__(around, title, columns)
        self.curves: list[Curve] = []
        self._growing: dict[str, ThinnedCurve] = {}
        self.diagonal = False
        self.is_log = False
        self.smoothing = 0.0
        self.marks: list[Mark] = []

    def prepare(self, canvas: Canvas) -> None:
        """Tell what is under the mouse."""
        canvas.watch(None, self._on_hovered)

    def set_look(self, *, is_log: bool, smoothing: float) -> None:
        """Show powers of ten or plain numbers, and curves smoothed by 0 (not at all) to 0.99."""
        self.is_log, self.smoothing = is_log, smoothing
        self.redraw()

    def show_curves(self, curves: Sequence[Curve]) -> None:
        """Replace all curves."""
        self._growing.clear()
        self._show(curves)

    def append(self, name: str, x: float, y: float) -> None:
        """Let a curve grow by a point; it is seen after :meth:`refresh`."""
        self._growing.setdefault(name, ThinnedCurve()).append(x, y)

    def refresh(self) -> None:
        """Show the growing curves as they stand, as a timer does now and then."""
        self.show_growing_curves(
            [curve_of(name, growing) for name, growing in self._growing.items()]
        )

    def show_growing_curves(self, curves: Sequence[Curve], marks: Sequence[Mark] = ()) -> None:
        """Replace all curves while they grow: the table beside them waits until it is looked at."""
        self.curves, self.marks = list(curves), list(marks)
        self.show_growing(lambda: [record for curve in self.curves for record in _records(curve)])

    def _show(self, curves: Sequence[Curve]) -> None:
        self.curves = list(curves)
        self.show_records([record for curve in curves for record in _records(curve)])

    def draw(self, canvas: Canvas) -> None:
        """Draw marks and bands, then curves."""
        import pyqtgraph as pg

        canvas.show_powers("left", is_log=self.is_log)
        for mark in self.marks:
            colour = self.theme.colour("muted" if mark.name else "border")
            canvas.line(mark.x, is_vertical=True, colour=colour, name=mark.name)
        colours = [self.theme.category(number) for number in range(len(self.curves))]
        if self.diagonal:
            pen = canvas.pen(self.theme.colour("muted"), 1)
            canvas.add(pg.PlotCurveItem([0, 1], [0, 1], pen=pen, antialias=True))
        for curve, colour in zip(self.curves, colours, strict=True):
            if curve.low is not None and curve.high is not None and not self.smoothing:
                ends = [
                    canvas.add(pg.PlotCurveItem(_array(curve.x), self._height(end), pen=None))
                    for end in (curve.low, curve.high)
                ]
                canvas.add(pg.FillBetweenItem(*ends, brush=_pale(colour, BAND_ALPHA)))
            height = self._height(curve.y)
            if self.smoothing and len(height):
                faint = canvas.pen(_pale(colour, FAINT_ALPHA), 1)
                canvas.add(pg.PlotCurveItem(_array(curve.x), height, pen=faint))
                height = self._height(smoothed(_array(curve.y), self.smoothing))
            item = pg.PlotDataItem(
                _array(curve.x),
                height,
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

    def _height(self, values: ArrayLike) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Return what is drawn: the values, or their logarithms, where only positive ones are."""
        plain = _array(values)
        if not self.is_log:
            return plain
        return np.log10(plain, out=np.full(plain.shape, np.nan), where=plain > 0)

    def values_at(self, x: float) -> str:
        """Return in words what every curve has at the point nearest to a place of the axis."""
        said = []
        for curve in self.curves:
            known = _array(curve.x)
            if not len(known):
                continue
            nearest = int(np.argmin(np.abs(known - x)))
            value = f"{curve.name} {_array(curve.y)[nearest]:,.4g}"
            if curve.low is not None and curve.high is not None:
                low, high = _array(curve.low)[nearest], _array(curve.high)[nearest]
                value += f" [{low:,.4g}, {high:,.4g}]" if low != high else ""
            said.append(f"{value} at {known[nearest]:,.6g}")
        return " · ".join(said)

    def _on_hovered(self, x: float, _y: float) -> None:
        self.caption.setText(self.values_at(x))


def curve_of(name: str, growing: ThinnedCurve) -> Curve:
    """Return a growing curve as it stands, its extremes as a band."""
    told = growing.shown()
    return Curve(name, told.x, told.mean, told.low, told.high)


def smoothed(
    values: np.ndarray[tuple[int], np.dtype[np.float64]], weight: float
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return exponential means: each value keeps ``weight`` of the mean before it."""
    from scipy.signal import lfilter

    before = lfilter([1 - weight], [1, -weight], values)
    # What the values so far weigh together; without it the curve would begin at zero.
    weights = 1 - weight ** np.arange(1, len(values) + 1)
    return np.asarray(before / weights, dtype=np.float64)


def _pale(colour: QColor, alpha: int) -> QColor:
    shade = type(colour)(colour)
    shade.setAlpha(alpha)
    return shade


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
