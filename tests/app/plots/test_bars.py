"""Bars in groups, with their table."""

from __future__ import annotations

from types import SimpleNamespace

from embedding_lab_app.plots.bars import MOST_DRAWN, Bar, BarPlot


def test_bars_and_their_intervals_stand_in_the_table_too(theme, asker, qtbot):
    around = SimpleNamespace(theme=theme, asker=asker, notices=None)
    plot = BarPlot(around, "Prompts", y="Value", what="Prompt")
    qtbot.addWidget(plot)
    plot.show()
    bars = [Bar("none", [0.5, 0.1], [(0.4, 0.6), None]), Bar("own", [0.7, 0.2])]
    plot.show_bars(["Right", "Cosine"], bars)
    first, second, third, _ = plot.model.records
    assert (first["low"], first["high"]) == ("0.4000", "0.6000")
    assert (second["group"], second["low"]) == ("Cosine", "")
    assert (third["name"], third["value"]) == ("own", "0.7000")
    kinds = [type(item).__name__ for item in plot.canvas.plot.items]
    assert kinds.count("BarGraphItem") == 2
    assert kinds.count("ErrorBarItem") == 1


def test_more_bars_than_colours_are_told(theme, asker, qtbot):
    around = SimpleNamespace(theme=theme, asker=asker, notices=None)
    plot = BarPlot(around, "Prompts", y="Value", what="Prompt")
    qtbot.addWidget(plot)
    plot.show()
    plot.show_bars(["Right"], [Bar(str(n), [n / 10]) for n in range(MOST_DRAWN + 1)])
    assert "the table has all" in plot.caption.text()
    plot.show_bars([], [])
    assert plot.model.rowCount() == 0
