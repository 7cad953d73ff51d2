"""Candidates by what they cost and what they keep, each with its name beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab_app.plots.scatter import ScatterPlot, columns_of
from embedding_lab_app.theme import SMALL, body_font

if TYPE_CHECKING:
    from embedding_lab_app.plots.canvas import Canvas

# Names near the right end stand to the left of their points, where there is room for them.
TURNS_AT = 0.6


class ParetoPlot(ScatterPlot):
    """Points with their names; few enough that the names need no legend."""

    # It stands in a scrolled page, where the wheel belongs to the page.
    is_movable = False

    def name_axes(self, x: str, y: str) -> None:
        """Say what the axes show now; the next points are drawn with it."""
        self.x_label, self.y_label = x, y
        self.canvas.name_axes(x, y)
        self.model.show_columns(columns_of(x, y))

    def draw(self, canvas: Canvas) -> None:
        """Draw the points, then their names."""
        import pyqtgraph as pg

        super().draw(canvas)
        if not self.points:
            return
        low = min(point.x for point in self.points)
        reach = max(point.x for point in self.points) - low
        font = body_font()
        font.setPixelSize(SMALL)
        for point in self.points:
            is_right = bool(reach) and (point.x - low) / reach > TURNS_AT
            text = pg.TextItem(
                point.name, color=self.theme.colour("text"), anchor=(1.0 if is_right else 0.0, 1.0)
            )
            text.setFont(font)
            text.setPos(point.x, point.y)
            canvas.add(text, is_ignored=True)
