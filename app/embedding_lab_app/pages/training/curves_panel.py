"""One figure of one or several runs: which curve, how smooth, in powers of ten or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QSlider, QWidget

from embedding_lab_app.pages.training.run_curves import KINDS
from embedding_lab_app.plots.curves import CurvePlot
from embedding_lab_app.widgets.choice_box import ChoiceBox
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import boxed, column, row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedding_lab_app.context import AppContext
    from embedding_lab_app.pages.training.run_curves import RunCurves

SMOOTHEST = 99
SLIDER_WIDTH = 120


class CurvesPanel(QWidget):
    """Draws the runs it is given; :meth:`refresh` draws them as they stand now."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._runs: list[RunCurves] = []
        self.kind = ChoiceBox(20)
        self.kind.setAccessibleName("Curve")
        self.kind.offer((kind.title, kind_id) for kind_id, kind in KINDS.items())
        self.log_box = QCheckBox("Powers of ten")
        self.smoothing = QSlider(Qt.Orientation.Horizontal)
        self.smoothing.setRange(0, SMOOTHEST)
        self.smoothing.setFixedWidth(SLIDER_WIDTH)
        self.smoothing.setAccessibleName("Smoothing")
        self.smoothing.setToolTip("How much each point keeps of the mean before it")
        self.figure = CurvePlot(context, "Loss", x="Step", y="Loss")
        choices = row(
            self.kind, self.log_box, Label("Smoothing", "muted"), self.smoothing, None, spacing=12
        )
        layout = column(boxed(choices), self.figure, spacing=8)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self.kind.activated.connect(self._on_kind_activated)
        self.log_box.toggled.connect(self._on_look_changed)
        self.smoothing.valueChanged.connect(self._on_look_changed)

    def show_runs(self, runs: Sequence[RunCurves]) -> None:
        """Draw other runs."""
        self._runs = list(runs)
        self.refresh()

    def refresh(self) -> None:
        """Draw the runs as they stand."""
        kind_id = self.kind.chosen
        curves = [curve for run in self._runs for curve in run.curves(kind_id)]
        drawn = [curve for curve in curves if np.size(curve.x)]
        # Marks of several runs would stand across each other's curves.
        marks = self._runs[0].marks() if len(self._runs) == 1 else []
        self.figure.show_growing_curves(drawn, marks)

    def _on_kind_activated(self, _index: int) -> None:
        kind = KINDS[self.kind.chosen]
        metrics = {run.metric for run in self._runs if run.metric}
        y = metrics.pop() if kind.members == ("value",) and len(metrics) == 1 else kind.y
        self.figure.rename(kind.title, "Step", y)
        self.refresh()

    def _on_look_changed(self, _now: object = None) -> None:
        smoothing = self.smoothing.value() / 100
        self.figure.set_look(is_log=self.log_box.isChecked(), smoothing=smoothing)
