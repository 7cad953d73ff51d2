"""Thousands of points in groups."""

from __future__ import annotations

import numpy as np
import pytest

from embedding_lab_app.plots.cloud import MOST_TABLE_ROWS, Cloud, CloudPlot, Corner


@pytest.fixture
def plot(window, qtbot):
    made = CloudPlot(window.context, "Pairs", x="Near", y="Query near")
    qtbot.addWidget(made)
    made.resize(500, 320)
    made.show()
    qtbot.waitExposed(made)
    return made


def cloud(name: str, n: int, seed: int = 0) -> Cloud:
    x, y = np.random.default_rng(seed).uniform(0, 0.5, size=(2, n))
    return Cloud(name, x, y)


def drawn(plot) -> list[int]:
    """Return how many points each group has on the axes, those at the bottom first."""
    items = [item for item in plot.canvas.plot.items if hasattr(item, "data") and len(item.data)]
    return [len(item.data) for item in items]


def test_every_point_is_drawn_and_named_in_the_table(plot):
    plot.show_clouds([cloud("below", 30), cloud("above", 20, 1)])
    assert drawn(plot) == [30, 20]
    groups = [record["group"] for record in plot.model.records]
    assert (groups.count("below"), groups.count("above")) == (30, 20)


def test_the_corner_has_room_for_its_name_where_no_point_lies(plot):
    plot.show_clouds([cloud("all", 50)], Corner("Dangerous", 0.6, 0.6))
    view = plot.canvas.plot.getViewBox()
    view.updateAutoRange()
    (left, right), (bottom, top) = view.viewRange()
    assert left < 0.1
    assert right > 0.8
    assert bottom < 0.1
    assert top >= 0.6


def test_a_large_cloud_is_thinned_in_the_table_only(plot):
    plot.show_clouds([cloud("many", 9000)])
    assert drawn(plot) == [9000]
    assert plot.model.rowCount() <= MOST_TABLE_ROWS + 500


def test_of_more_groups_than_colours_the_others_are_counted(plot):
    plot.show_clouds([cloud(f"class {i}", 3, i) for i in range(9)])
    words = plot.canvas.plot.titleLabel.item.toPlainText()
    assert "class 5" in words
    assert "class 6" not in words
    assert words.endswith("and 3 more")


def test_nothing_to_draw_leaves_the_axes_empty(plot):
    plot.show_clouds([cloud("none", 0)], Corner("Dangerous", 0.6, 0.6))
    plot.show_clouds([])
    assert drawn(plot) == []
    assert plot.model.rowCount() == 0
