"""A matrix of counts as a heat map whose cells can be chosen."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QGraphicsRectItem

from embedding_lab_app.plots.figure import Figure
from embedding_lab_app.theme import body_font, ink_on

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from embedding_lab_app.plots.canvas import Canvas
    from embedding_lab_app.plots.figure import Surroundings

SEQUENCE = "viridis"
# In pixels: names closer than this would overlap, and figures in lower or narrower cells too.
NAME_HEIGHT, FIGURE_HEIGHT, FIGURE_WIDTH = 14, 13, 26


class MatrixPlot(Figure):
    """Counts by row and column, coloured by their share of the row.

    Columns are numbered as the rows are named. The table has every cell that holds something, the
    largest off the diagonal first; choosing one there is the same as clicking it.

    Signals
    -------
    cell_chosen(row, column)
        Somebody clicked a cell, or chose it in the table.
    """

    cell_chosen = Signal(int, int)
    has_caption = True

    def __init__(self, around: Surroundings, title: str, *, rows: str, columns: str) -> None:
        self.x_label, self.y_label = columns, rows
        titles = (("row", rows), ("column", columns), ("count", "Items"), ("share", "Of the row"))
        super().__init__(around, title, titles)
        self._names: list[str] = []
        self._counts: NDArray[np.int64] = np.zeros((0, 0), dtype=np.int64)
        self._cells: list[tuple[int, int]] = []
        self._marked: tuple[int, int] | None = None
        self.table.activated.connect(self._on_table_activated)
        self.table.clicked.connect(self._on_table_activated)

    def show_counts(self, names: Sequence[str], counts: Any) -> None:
        """Show another matrix, square, with one name for each row and column; none is marked."""
        self._names = list(names)
        n = len(self._names)
        self._counts = np.asarray(counts, dtype=np.int64).reshape(n, n)
        self._marked = None
        shares = self._shares()
        off_diagonal = ~np.eye(n, dtype=bool)
        rows, columns = np.nonzero(self._counts)
        order = np.lexsort((-self._counts[rows, columns], ~off_diagonal[rows, columns]))
        self._cells = [(int(rows[i]), int(columns[i])) for i in order]
        self.show_records(
            [
                {
                    "row": self._names[a],
                    "column": self._names[b],
                    "count": int(self._counts[a, b]),
                    "share": f"{shares[a, b]:.1%}",
                }
                for a, b in self._cells
            ]
        )

    def mark(self, cell: tuple[int, int] | None) -> None:
        """Frame one cell, or none."""
        self._marked = cell
        self.redraw()

    def prepare(self, canvas: Canvas) -> None:
        """Count downwards, as a matrix is read."""
        canvas.plot.invertY(True)
        canvas.watch(self._on_clicked, self._on_hovered)
        canvas.watch_size(self.redraw)

    def draw(self, canvas: Canvas) -> None:
        """Draw the heat map, the figures where there is room, and the frame."""
        import pyqtgraph as pg

        n = len(self._names)
        width, height = (length / max(n, 1) for length in canvas.room)
        step = max(1, math.ceil(NAME_HEIGHT / max(height, 1)))
        for side in ("left", "bottom"):
            canvas.name_ticks(side, [])
        canvas.plot.getAxis("left").setTicks([_ticks(self._names, step)])
        canvas.plot.getAxis("bottom").setTicks([[(i, str(i + 1)) for i in range(0, n, step)]])
        if n == 0:
            return
        shares = self._shares()
        image = pg.ImageItem(shares, axisOrder="row-major", levels=(0, 1))
        colours = pg.colormap.get(SEQUENCE)
        image.setLookupTable(colours.getLookupTable(nPts=256))
        image.setRect(QRectF(-0.5, -0.5, n, n))
        canvas.add(image)
        if height >= FIGURE_HEIGHT and width >= FIGURE_WIDTH:
            self._draw_figures(canvas, colours, width)
        if self._marked is not None:
            row, column = self._marked
            frame = QGraphicsRectItem(QRectF(column - 0.5, row - 0.5, 1, 1))
            frame.setPen(canvas.pen(self.theme.category(1)))
            canvas.add(frame, is_ignored=True)
        canvas.plot.setXRange(-0.5, n - 0.5, padding=0)
        canvas.plot.setYRange(-0.5, n - 0.5, padding=0)

    def _draw_figures(self, canvas: Canvas, colours: Any, width: float) -> None:
        from embedding_lab_app.plots.cell_figures import CellFigures

        shares = self._shares()
        grounds = colours.map(np.array([shares[cell] for cell in self._cells]), mode="qcolor")
        inks = [QColor(ink_on(ground.name())) for ground in grounds]
        cells = [
            (row, column, f"{self._counts[row, column]:,}", ink)
            for (row, column), ink in zip(self._cells, inks, strict=True)
        ]
        figures = CellFigures(len(self._names), cells, body_font(), width)
        canvas.add(figures, is_ignored=True)

    def words(self, row: int, column: int) -> str:
        """Say what a cell holds."""
        share = self._shares()[row, column]
        return (
            f"{self._names[row]} → {self._names[column]}: "
            f"{self._counts[row, column]:,} ({share:.1%} of the row)"
        )

    def choose(self, row: int, column: int) -> None:
        """Choose a cell, as a click does."""
        self.mark((row, column))
        self.caption.setText(self.words(row, column))
        self.cell_chosen.emit(row, column)

    def _shares(self) -> NDArray[np.float64]:
        totals = self._counts.sum(axis=1, keepdims=True)
        shares: NDArray[np.float64] = self._counts / np.maximum(totals, 1)
        return shares

    def _cell_at(self, x: float, y: float) -> tuple[int, int] | None:
        row, column = round(y), round(x)
        n = len(self._names)
        return (row, column) if 0 <= row < n and 0 <= column < n else None

    def _on_clicked(self, x: float, y: float) -> None:
        cell = self._cell_at(x, y)
        if cell is not None:
            self.choose(*cell)

    def _on_hovered(self, x: float, y: float) -> None:
        cell = self._cell_at(x, y) or self._marked
        self.caption.setText(self.words(*cell) if cell is not None else "")

    def _on_table_activated(self, index: Any) -> None:
        self.choose(*self._cells[index.row()])


def _ticks(names: Sequence[str], step: int) -> list[tuple[int, str]]:
    from embedding_lab_app.plots.canvas import short

    return [(i, f"{short(names[i])}  {i + 1}") for i in range(0, len(names), step)]
