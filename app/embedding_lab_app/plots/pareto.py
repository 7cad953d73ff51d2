"""Candidates by what they cost and what they keep, each with its name beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab_app.plots.scatter import ScatterPlot, columns_of
from embedding_lab_app.theme import SMALL, body_font

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedding_lab_app.plots.canvas import Canvas
    from embedding_lab_app.plots.scatter import Point

# Names near the right end stand to the left of their points, where there is room for them.
TURNS_AT = 0.6
# Shares of the figure within which names would lie over each other.
NEAR = (0.16, 0.08)


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
        font = body_font()
        font.setPixelSize(SMALL)
        for point, anchor in zip(self.points, name_anchors(self.points), strict=True):
            text = pg.TextItem(point.name, color=self.theme.colour("text"), anchor=anchor)
            text.setFont(font)
            text.setPos(point.x, point.y)
            canvas.add(text, is_ignored=True)


def name_anchors(points: Sequence[Point]) -> list[tuple[float, float]]:
    """Return which corner of each point's name lies at the point.

    (0, 1) is the lower left corner: the name stands above, to the right. Points beside each other
    take different corners, as long as there are any.
    """
    low = min(point.x for point in points)
    across = (max(point.x for point in points) - low) or 1.0
    ends = [end for point in points for end in (point.y, *(point.y_interval or ()))]
    up = (max(ends) - min(ends)) or 1.0
    found: list[tuple[float, float]] = []
    for number, point in enumerate(points):
        side = 1.0 if (point.x - low) / across > TURNS_AT else 0.0
        corners = [(side, 1.0), (side, 0.0), (1.0 - side, 1.0), (1.0 - side, 0.0)]
        taken = {
            found[i]
            for i, other in enumerate(points[:number])
            if abs(other.x - point.x) < NEAR[0] * across and abs(other.y - point.y) < NEAR[1] * up
        }
        found.append(next((corner for corner in corners if corner not in taken), corners[0]))
    return found
