"""Candidates of a figure carry their names, and its axes can show something else."""

from __future__ import annotations

from types import SimpleNamespace

import pyqtgraph as pg
from PySide6.QtCore import Qt

from embedding_lab_app.plots.pareto import ParetoPlot, name_anchors
from embedding_lab_app.plots.scatter import Point

POINTS = [Point("whole", 100, 1.0, "best"), Point("int8", 300, 0.97, "best", (0.96, 0.98))]


def names(figure):
    items = figure.canvas.plot.items
    return {item.toPlainText(): item for item in items if isinstance(item, pg.TextItem)}


def test_every_candidate_has_its_name_beside_it(theme, asker, qtbot):
    around = SimpleNamespace(theme=theme, asker=asker, notices=None)
    figure = ParetoPlot(around, "Cost and quality", x="Rows/s", y="Cosine")
    qtbot.addWidget(figure)
    figure.show()
    figure.show_points(POINTS, [0, 1])
    found = names(figure)
    assert found.keys() == {"whole", "int8"}
    # The name at the right end stands to the left of its point, inside of the axes.
    assert found["whole"].anchor.x() == 0
    assert found["int8"].anchor.x() == 1
    assert found["int8"].color == theme.colour("text")
    theme.choose("dark")
    assert names(figure)["int8"].color == theme.colour("text")


def test_the_axes_and_the_table_take_other_titles(theme, asker, qtbot):
    around = SimpleNamespace(theme=theme, asker=asker, notices=None)
    figure = ParetoPlot(around, "Cost and quality", x="Rows/s", y="Cosine")
    qtbot.addWidget(figure)
    figure.show_points([])
    assert names(figure) == {}
    figure.name_axes("File size, MB", "nDCG@10")
    figure.show_points(POINTS)
    assert figure.canvas.plot.getAxis("bottom").labelText == "File size, MB"
    assert figure.canvas.plot.getAxis("left").labelText == "nDCG@10"
    titles = [
        figure.model.headerData(column, Qt.Orientation.Horizontal)
        for column in range(figure.model.columnCount())
    ]
    assert titles == ["Name", "Group", "File size, MB", "nDCG@10", "From", "To"]


def test_names_of_points_beside_each_other_do_not_lie_over_each_other():
    beside = [Point(str(n), 50 + n / 10, 0.5) for n in range(3)]
    points = [Point("left", 0, 0.1), *beside, Point("right", 100, 0.9)]
    assert name_anchors(points) == [(0, 1), (0, 1), (0, 0), (1, 1), (1, 1)]
    assert name_anchors([Point("alone", 1, 1)]) == [(0, 1)]
