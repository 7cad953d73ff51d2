"""All training runs: their outcome, their curves over each other, and going on with one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from embedding_lab.errors import LabError
from embedding_lab_app.pages.training.curves_panel import CurvesPanel
from embedding_lab_app.pages.training.report_view import ReportView
from embedding_lab_app.widgets.buttons import Button
from embedding_lab_app.widgets.field import UnitField
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.record_table import RecordTable
from embedding_lab_app.widgets.segments import Segments
from embedding_lab_app.widgets.surfaces import EmptyState, ErrorBox, scrolled
from embedding_lab_app.widgets.wording import day

if TYPE_CHECKING:
    from embedding_lab.jobs.events import JobFailed
    from embedding_lab_app.context import AppContext
    from embedding_lab_app.pages.training.run_curves import RunCurves
    from embedding_lab_app.pages.training.runs import RunsController, TrainingRunLine

COLUMNS = (
    ("name", "Run"), ("delta", "Change"), ("verdict", "Verdict"), ("state", "State"),
    ("corpus", "Corpus"), ("objective", "Objective"), ("sampler", "Sampler"), ("steps", "Steps"),
    ("created", "Started"),
)  # fmt: skip
WIDTHS = (168, 72, 168, 100, 112, 120, 128, 64)
# What came of a run is to be seen below them in a small window too.
MOST_LINES = 5
RATE_WIDTH = 104
CURVES, REPORT = "curves", "report"


class RunsView(QWidget):
    """A table of runs; one or more chosen ones below it.

    Signals
    -------
    continue_wanted(record)
        Go on with a run.
    again_wanted(inputs)
        Put the choices of a run into the form.
    """

    continue_wanted = Signal(object)
    again_wanted = Signal(object)

    def __init__(self, context: AppContext, controller: RunsController) -> None:
        super().__init__()
        self._controller = controller
        self._wanted = ""
        self._chosen_ids: set[str] = set()
        self._titles = {card.id: card.title for card in controller.methods()}
        self.table = RecordTable("Training runs", COLUMNS, WIDTHS, MOST_LINES)
        self.empty = EmptyState(
            "No runs yet", "Train an encoder, and what came of it is kept here with its curves."
        )
        self.hint = Label("Choose several runs to see their curves over each other", "small")
        self.part = Segments("What is shown of a run", {CURVES: "Curves", REPORT: "Report"})
        self.rate = UnitField()
        self.rate.setFixedWidth(RATE_WIDTH)
        self.rate.setAccessibleName("Learning rate")
        self.rate_button = Button("Change the rate", self._change_rate)
        self.rate_button.setToolTip("The run goes on with it when it is continued")
        self.continue_button = Button("Continue", self._continue)
        self.again_button = Button("Use its choices", self._again)
        self.delete_button = Button("Delete", self._delete)
        self.error = ErrorBox()
        self.curves = CurvesPanel(context)
        self.report = ReportView(context)
        self.detail = QStackedWidget()
        self.detail.addWidget(self.curves)
        self.detail.addWidget(self.report)
        self.steering = boxed(row(self.rate, self.rate_button, 8, self.continue_button, spacing=8))
        acts = boxed(
            row(
                self.part, self.hint, None, self.steering, self.again_button, self.delete_button,
                spacing=8,
            )
        )  # fmt: skip
        full = column(self.table, acts, self.error, self.detail, spacing=12, margins=(0, 12, 0, 0))
        full.setStretch(3, 1)
        self.stack = QStackedWidget()
        for widget in (self.empty, scrolled(boxed(full))):
            self.stack.addWidget(widget)
        self.setLayout(column(self.stack))
        self.part.chosen.connect(self._show_detail)
        self.table.selectionModel().selectionChanged.connect(self._on_selection_changed)
        controller.listed.connect(self._on_listed)
        controller.read.connect(self._on_read)
        controller.failed.connect(self._on_failed)

    def chosen(self) -> list[TrainingRunLine]:
        """Return the chosen runs, in the order of the table."""
        lines = self._controller.lines
        return [lines[number] for number in self.table.selected_rows() if number < len(lines)]

    def show_run(self, run_id: str) -> None:
        """Choose a run as soon as it is listed, and show what came of it if it has ended well."""
        self._wanted = run_id
        self._controller.reload()

    def _on_listed(self) -> None:
        lines = self._controller.lines
        before = self._chosen_ids
        self.table.show_records([self._record(line) for line in lines])
        self.stack.setCurrentIndex(bool(lines))
        kept = [number for number, line in enumerate(lines) if line.record.id in before]
        found = [number for number, line in enumerate(lines) if line.record.id == self._wanted]
        if lines:
            self.table.select_rows(found or kept or [0])
        if found:
            self._wanted = ""
            self.part.choose(CURVES if lines[found[0]].result is None else REPORT)

    def _on_selection_changed(self, *_ranges: object) -> None:
        chosen = self.chosen()
        self._chosen_ids = {line.record.id for line in chosen}
        single = chosen[0] if len(chosen) == 1 else None
        self.error.say(*((single.record.message, single.record.hint) if single else ("",)))
        result = single.result if single else None
        can_continue = single is not None and single.record.state.can_continue
        if single is not None:
            self.rate.setText(f"{single.highest_rate:g}")
        self.steering.setVisible(can_continue)
        self.hint.setVisible(not can_continue)
        self.again_button.setEnabled(single is not None)
        self.delete_button.setEnabled(single is not None and single.record.state.is_final)
        self.part.buttons[REPORT].setEnabled(result is not None)
        if result is not None:
            self.report.show_result(result)
        elif self.part.current == REPORT:
            self.part.choose(CURVES)
        self._controller.ask_curves(chosen)

    def _show_detail(self, part: str) -> None:
        self.detail.setCurrentWidget(self.report if part == REPORT else self.curves)

    def _on_read(self, runs: list[RunCurves]) -> None:
        self.curves.show_runs(runs)

    def _on_failed(self, event: JobFailed) -> None:
        self.error.say(event.message, event.hint, event.details)

    def _continue(self) -> None:
        for line in self.chosen()[:1]:
            self.continue_wanted.emit(line.record)

    def _change_rate(self) -> None:
        self.error.say("")
        try:
            for line in self.chosen()[:1]:
                self._controller.set_learning_rate(line.record, self.rate.text())
        except LabError as error:
            self.error.say(error.message, error.hint)

    def _delete(self) -> None:
        for line in self.chosen()[:1]:
            self._controller.delete(line.record)

    def _again(self) -> None:
        for line in self.chosen()[:1]:
            self.again_wanted.emit(line.record.job["inputs"])

    def _record(self, line: TrainingRunLine) -> dict[str, Any]:
        inputs, result = line.record.job["inputs"], line.result or {}
        delta = result.get("delta")
        return {
            "name": line.name,
            "corpus": inputs["corpus"],
            "objective": self._titles.get(inputs["objective"], inputs["objective"]),
            "sampler": self._titles.get(inputs["sampler"], inputs["sampler"]),
            "steps": result.get("steps", line.record.step),
            "delta": "" if delta is None else f"{delta:+.3f}",
            "verdict": result.get("verdict", ""),
            "state": str(line.record.state),
            "created": day(line.record.created),
        }
