"""Figures: what is drawn, what the table beside them says, what a click tells, what is written."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication, QImage

from embedding_lab.errors import UsageError
from embedding_lab_app.plots.curves import Curve, CurvePlot
from embedding_lab_app.plots.histogram import Histogram
from embedding_lab_app.plots.intervals import Estimate, IntervalPlot
from embedding_lab_app.plots.matrix import MatrixPlot
from embedding_lab_app.plots.scatter import Point, ScatterPlot
from embedding_lab_app.theme import CATEGORIES, DARK, LIGHT, Theme, contrast

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import ScriptedAsker
    from pytestqt.qtbot import QtBot

    from embedding_lab_app.plots.figure import Figure

NAMES = ["cat", "dog", "fish"]
COUNTS = [[8, 2, 0], [1, 9, 0], [0, 5, 5]]


class Notices:
    def __init__(self) -> None:
        self.errors: list[str] = []

    def error(self, error: Exception) -> None:
        self.errors.append(str(error))


@pytest.fixture
def around(theme: Theme, asker: ScriptedAsker) -> SimpleNamespace:
    return SimpleNamespace(theme=theme, asker=asker, notices=Notices())


def shown(figure: Figure, qtbot: QtBot) -> Figure:
    qtbot.addWidget(figure)
    figure.resize(520, 360)
    figure.show()
    qtbot.waitExposed(figure)
    qtbot.wait(20)
    return figure


@pytest.fixture
def matrix(around: SimpleNamespace, qtbot: QtBot) -> MatrixPlot:
    figure = MatrixPlot(around, "Confusion", rows="True class", columns="Predicted class")
    figure.show_counts(NAMES, COUNTS)
    shown(figure, qtbot)
    return figure


def click(figure: Figure, qtbot: QtBot, x: float, y: float) -> None:
    """Press the mouse where these values are drawn."""
    view = figure.canvas.widget
    scene = figure.canvas.plot.getViewBox().mapViewToScene(QPointF(x, y))
    place = view.mapFromScene(scene)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)


def rows(figure: Figure) -> list[list[str]]:
    model = figure.model
    return [
        [model.index(row, column).data() for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


def test_no_figure_imports_the_plotting_library_before_it_is_drawn() -> None:
    script = (
        "import sys, types\n"
        "from embedding_lab_app.application import make_application\n"
        "app, theme = make_application('light')\n"
        "from embedding_lab_app.plots.matrix import MatrixPlot\n"
        "around = types.SimpleNamespace(theme=theme, asker=None, notices=None)\n"
        "figure = MatrixPlot(around, 'C', rows='r', columns='c')\n"
        "print('pyqtgraph' in sys.modules)\n"
        "figure.show_counts(['a'], [[1]])\n"
        "print('pyqtgraph' in sys.modules)\n"
        "figure.show()\n"
        "print('pyqtgraph' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=55, check=True
    )
    assert done.stdout.split() == ["False", "False", "True"]


def test_a_click_on_a_cell_tells_which_and_says_what_it_holds(matrix, qtbot):
    with qtbot.waitSignal(matrix.cell_chosen) as told:
        click(matrix, qtbot, 1, 2)
    assert told.args == [2, 1]
    assert matrix.caption.text() == "fish → dog: 5 (50.0% of the row)"


def test_a_click_beside_the_matrix_tells_nothing(matrix, qtbot):
    with qtbot.assertNotEmitted(matrix.cell_chosen, wait=50):
        matrix._on_clicked(7.0, 7.0)


def test_the_table_of_a_matrix_has_the_largest_confusion_first(matrix, qtbot):
    assert rows(matrix)[:3] == [
        ["fish", "dog", "5", "50.0%"],
        ["cat", "dog", "2", "20.0%"],
        ["dog", "cat", "1", "10.0%"],
    ]
    assert len(rows(matrix)) == 6
    with qtbot.waitSignal(matrix.cell_chosen) as told:
        matrix.table.activated.emit(matrix.model.index(1, 0))
    assert told.args == [0, 1]


def test_the_table_takes_the_place_of_the_figure_and_back(matrix):
    assert matrix.stack.currentWidget() is matrix.canvas.widget
    matrix.table_button.click()
    assert matrix.stack.currentWidget() is matrix.table
    matrix.table_button.click()
    assert matrix.stack.currentWidget() is matrix.canvas.widget


def test_a_matrix_without_a_class_and_with_many_is_drawn(around, qtbot):
    figure = MatrixPlot(around, "Confusion", rows="True", columns="Predicted")
    figure.show_counts([], [])
    shown(figure, qtbot)
    assert rows(figure) == []
    figure.show_counts([f"class {i}" for i in range(80)], np.eye(80, dtype=int))
    assert len(rows(figure)) == 80


def test_estimates_are_chosen_by_click_and_the_table_has_their_intervals(around, qtbot):
    figure = IntervalPlot(around, "Templates", x="Accuracy", what="Template")
    estimates = [Estimate("{}", 0.5, 0.4, 0.6), Estimate("a {}", 0.7, 0.6, 0.8)]
    figure.show_estimates(estimates, reference=0.65)
    shown(figure, qtbot)
    assert rows(figure)[1] == ["a {}", "0.7000", "0.6000", "0.8000"]
    with qtbot.waitSignal(figure.chosen) as told:
        click(figure, qtbot, 0.7, 1)
    assert told.args == [1]
    assert figure.table.selected_rows() == [1]


def test_more_estimates_than_can_be_drawn_are_all_in_the_table(around, qtbot):
    figure = IntervalPlot(around, "Templates", x="Accuracy")
    figure.show_estimates([Estimate(str(i), 0.5, 0.4, 0.6) for i in range(100)])
    shown(figure, qtbot)
    assert len(rows(figure)) == 100
    assert figure.caption.text() == "The first 60 are drawn; the table has all."


def test_a_point_under_the_mouse_is_named_and_a_click_chooses_it(around, qtbot):
    figure = ScatterPlot(around, "Candidates", x="Rows/s", y="Cosine")
    figure.show_points(
        [Point("fp32", 100, 1.0, "exact"), Point("int8", 300, 0.97, "small", (0.96, 0.98))], [0, 1]
    )
    shown(figure, qtbot)
    with qtbot.waitSignal(figure.chosen) as told:
        click(figure, qtbot, 300, 0.97)
    assert told.args == [1]
    figure._on_hovered(300, 0.97)
    assert figure.caption.text() == "int8: 300, 0.97 [0.96, 0.98]"
    figure._on_hovered(200, 0.985)
    assert figure.caption.text() == ""
    assert rows(figure)[1] == ["int8", "small", "300", "0.97", "0.96", "0.98"]


def test_growing_curves_keep_their_memory(around, qtbot):
    figure = CurvePlot(around, "Loss", x="Step", y="Loss")
    for step in range(20_000):
        figure.append("train", step, 1 / (1 + step))
    figure.append("train", 20_000, float("nan"))
    figure.refresh()
    shown(figure, qtbot)
    (curve,) = figure.curves
    assert len(curve.x) <= 2048
    assert np.max(curve.high) == 1.0
    assert len(rows(figure)) <= 2048


def test_series_of_a_histogram_stand_in_the_table_bin_by_bin(around, qtbot):
    figure = Histogram(around, "Margins", x="Margin")
    figure.show_counts([0, 0.5, 1], {"right": [3, 4], "wrong": [2, 0]})
    shown(figure, qtbot)
    assert rows(figure)[2] == ["wrong", "0", "0.5", "2"]


def test_ticks_tell_the_same_after_a_change_of_theme(around, theme, qtbot):
    figure = CurvePlot(around, "Accuracy", x="Step", y="Accuracy")
    figure.show_curves([Curve("a", [0, 1, 2], [0.2, 0.5, 0.7])])
    shown(figure, qtbot)
    before = figure.grab().toImage()
    theme.choose("dark")
    qtbot.wait(20)
    axis = figure.canvas.plot.getAxis("left")
    assert axis.tickStrings([0.5], axis.autoSIPrefixScale * axis.scale, 0.1) == ["0.5"]
    assert figure.grab().toImage() != before


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_a_figure_is_written_as_it_is_seen(matrix, around, tmp_path: Path, ending, asker):
    path = tmp_path / f"figure.{ending}"
    asker.answers["Export the figure"] = path
    matrix.export_button.click()
    content = path.read_bytes()
    if ending == "png":
        image = QImage(str(path))
        assert image.width() == 2 * matrix.canvas.widget.viewport().width()
        assert len({image.pixel(x, image.height() // 2) for x in range(image.width())}) > 5
    else:
        assert content.lstrip().startswith(b"<?xml" if ending == "svg" else b"%PDF")
        assert len(content) > 5000


def test_a_figure_that_cannot_be_written_says_why(matrix, around, tmp_path, asker):
    with pytest.raises(UsageError, match=r"figure\.doc"):
        matrix.export(tmp_path / "figure.doc")
    asker.answers["Export the figure"] = tmp_path / "no" / "figure.png"
    matrix.export_button.click()
    assert "cannot be written" in around.notices.errors[0]


def test_the_first_categories_stand_out_from_the_ground() -> None:
    for tokens in (LIGHT, DARK):
        for colour in CATEGORIES[tokens.name][:3]:
            assert contrast(colour, tokens.surface) >= 3


def test_a_figure_is_copied_as_a_picture_and_its_table_as_text(
    matrix: MatrixPlot, qtbot: QtBot
) -> None:
    shown(matrix, qtbot)
    matrix.copy_button.click()
    image = QGuiApplication.clipboard().image()
    assert image.size() == matrix.canvas.widget.viewport().size() * 2
    assert len({image.pixel(x, image.height() // 2) for x in range(image.width())}) > 3
    matrix.table_button.click()
    matrix.copy_button.click()
    assert QGuiApplication.clipboard().text().startswith("True class")
