"""A training run while it goes on: curves, the validation rows, and what can still be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QSlider, QWidget

from embedding_lab.errors import LabError
from embedding_lab.jobs.events import JobFailed
from embedding_lab_app.jobs.job_card import JobCard
from embedding_lab_app.pages.training.curves_panel import CurvesPanel
from embedding_lab_app.plots.histogram import Histogram
from embedding_lab_app.plots.scatter import Point, ScatterPlot
from embedding_lab_app.widgets.buttons import Button
from embedding_lab_app.widgets.field import UnitField
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.surfaces import Card, ErrorBox, scrolled
from embedding_lab_app.widgets.wording import count

if TYPE_CHECKING:
    from embedding_lab.jobs.events import JobCancelled
    from embedding_lab_app.context import AppContext
    from embedding_lab_app.pages.training.run_curves import RunCurves
    from embedding_lab_app.pages.training.train import TrainController

REFRESH_MS = 400
RATE_WIDTH, CURVES_HEIGHT = 104, 320
SIDES = ("Anchors", "Positives")
STAGES = {
    "reading": "Reading rows",
    "mining": "Mining hard negatives",
    "teacher": "Asking the teacher",
    "base": "Measuring the base encoder",
    "training": "Training",
    "reporting": "Comparing with the base encoder",
    "saving": "Saving the encoder",
}


class LiveView(QWidget):
    """Follows the controller's run; draws anew at most every :data:`REFRESH_MS` milliseconds.

    Signals
    -------
    continue_wanted()
        Go on with the run that was cut short.
    """

    continue_wanted = Signal()

    def __init__(self, context: AppContext, controller: TrainController) -> None:
        super().__init__()
        self._controller = controller
        self._shown_map = -1
        self._shown_validation: Any = None
        self.job_card = JobCard(context.runner)
        self.stage = Label("", "muted")
        self.stop_button = Button("Stop and keep the best", self._stop)
        self.rate = UnitField()
        self.rate.setFixedWidth(RATE_WIDTH)
        self.rate.setAccessibleName("Learning rate")
        self.rate_button = Button("Change the rate", self._change_rate)
        self.error = ErrorBox()
        self.ending = Label("")
        self.continue_button = Button("Continue", self.continue_wanted.emit, kind="primary")
        self.cut_short = boxed(row(self.ending, None, self.continue_button))
        self.cut_short.hide()
        self.notes = Label("", "warning", wraps=True)
        self.notes.hide()
        self.curves = CurvesPanel(context)
        self.curves.figure.setMinimumHeight(CURVES_HEIGHT)
        self.histogram = Histogram(
            context, "Cosines of validation rows", x="Cosine", y="Share of pairs"
        )
        self.map = ScatterPlot(context, "Validation rows", x="First axis", y="Second axis")
        self.map_slider = QSlider(Qt.Orientation.Horizontal)
        self.map_slider.setAccessibleName("Checkpoint of the picture")
        self.map_words = Label("", "small")
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self._on_timer_timeout)
        self._is_stale = False
        self._place()
        self.map_slider.valueChanged.connect(self._on_map_slider_changed)
        controller.updated.connect(self._on_updated)

    def _place(self) -> None:
        steering = row(
            self.stop_button, 8, Label("Learning rate", "muted"), self.rate, self.rate_button,
            None, self.stage, spacing=8,
        )  # fmt: skip
        self.steering = boxed(steering)
        pictures = row(
            Card("", self.histogram),
            Card("", self.map, row(self.map_words, self.map_slider)),
            spacing=12,
        )
        for place in range(2):
            pictures.setStretch(place, 1)
        content = QWidget()
        content.setLayout(
            column(
                self.job_card, self.steering, self.error, self.cut_short, self.notes,
                Card("", self.curves), boxed(pictures), None, spacing=12, margins=(0, 12, 8, 12),
            )
        )  # fmt: skip
        self.setLayout(column(scrolled(content)))

    def follow(self, run_id: str) -> None:
        """Show a run from its beginning; with no id, leave the ended one as it is."""
        self.job_card.follow(run_id)
        self.steering.setVisible(bool(run_id))
        if run_id:
            self.error.say("")
            self.cut_short.hide()
            self._forget_pictures()
            self._timer.start()
            self._draw()
        else:
            self._timer.stop()
            self._draw()

    def show_cut_short(self, event: JobCancelled | JobFailed) -> None:
        """Say that the run ended before its time, and offer to go on with it."""
        run, what = self._controller.curves, "Cancelled"
        if isinstance(event, JobFailed):
            what = "Ended"
            self.error.say(event.message, event.hint, event.details)
        steps = count(run.step, "step") if run is not None else "no step"
        self.ending.setText(f"{what} after {steps}. It goes on from its last checkpoint.")
        self.cut_short.show()

    def _forget_pictures(self) -> None:
        """Take away what was seen of another run."""
        self._shown_map, self._shown_validation = -1, None
        self.histogram.show_counts([], {})
        self.map.show_points([])
        self.map_words.setText("")

    def _on_updated(self) -> None:
        self._is_stale = True

    def _on_timer_timeout(self) -> None:
        if self._is_stale and self.isVisible():
            self._draw()

    def _draw(self) -> None:
        self._is_stale = False
        run = self._controller.curves
        if run is None:
            return
        self.curves.show_runs([run])
        self.stage.setText(STAGES.get(run.stage, ""))
        if not self.rate.hasFocus() and run.learning_rate:
            self.rate.setText(f"{self._controller.highest_rate:g}")
        self.notes.setText("\n".join(run.notes))
        self.notes.setVisible(bool(run.notes))
        self._draw_validation(run)
        self._draw_map(run)

    def _draw_validation(self, run: RunCurves) -> None:
        # Between two validations there is nothing new to draw.
        if not run.validations or run.validations[-1] is self._shown_validation:
            return
        last = self._shown_validation = run.validations[-1]
        edges = last["positives"]["edges"]
        shares = {
            "Pairs that belong together": _shares(last["positives"]["counts"]),
            "Pairs that do not": _shares(last["negatives"]["counts"]),
        }
        self.histogram.show_counts(edges, shares)

    def _draw_map(self, run: RunCurves) -> None:
        n_maps = len(run.maps)
        if not n_maps:
            return
        is_last = self.map_slider.value() >= self.map_slider.maximum()
        self.map_slider.setRange(0, n_maps - 1)
        if is_last:
            self.map_slider.setValue(n_maps - 1)
        self._show_map(self.map_slider.value())

    def _show_map(self, number: int) -> None:
        run = self._controller.curves
        if run is None or number >= len(run.maps):
            return
        found = run.maps[number]
        if self._shown_map == found["step"]:
            return
        self._shown_map = found["step"]
        words = f"after step {found['step']:,}" if found["step"] else "before training"
        self.map_words.setText(words)
        self.map.show_points(
            [
                Point(f"Row {i + 1}", x, y, _group(found, i))
                for i, (x, y) in enumerate(zip(found["x"], found["y"], strict=True))
            ]
        )

    def _on_map_slider_changed(self, number: int) -> None:
        self._show_map(number)

    def _stop(self) -> None:
        self._try(self._controller.stop_and_keep_best)

    def _change_rate(self) -> None:
        self._try(lambda: self._controller.set_learning_rate(self.rate.text()))

    def _try(self, act: Any) -> None:
        self.error.say("")
        try:
            act()
        except LabError as error:
            self.error.say(error.message, error.hint)


def _shares(counts: list[int]) -> list[float]:
    """Return counts as shares: there are many more pairs that do not belong together."""
    total = sum(counts) or 1
    return [count / total for count in counts]


def _group(found: Any, place: int) -> str:
    label, names = found["labels"][place], found.get("label_names", ())
    if label < 0:
        return SIDES[found["sides"][place]]
    return str(names[label]) if label < len(names) else f"Class {label + 1}"
