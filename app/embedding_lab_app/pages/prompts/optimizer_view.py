"""The search for better prompts: a method with its form, a live curve, what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from embedding_lab.errors import LabError
from embedding_lab_app.forms.method_choice import MethodChoice
from embedding_lab_app.jobs.job_card import JobCard
from embedding_lab_app.pages.prompts import copy_as
from embedding_lab_app.pages.prompts.optimizer import sentence
from embedding_lab_app.pages.prompts.prompt_sets import keep_prompt_set
from embedding_lab_app.pages.prompts.words import compared
from embedding_lab_app.plots.curves import CurvePlot
from embedding_lab_app.widgets.buttons import Button, CopyAsButton
from embedding_lab_app.widgets.field import Field, NumberField
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.manual_place import explain
from embedding_lab_app.widgets.record_table import RecordTable
from embedding_lab_app.widgets.surfaces import Card, ErrorBox, reveal, scrolled
from embedding_lab_app.widgets.wording import interval

if TYPE_CHECKING:
    from collections.abc import Mapping

    from embedding_lab.jobs.events import JobFailed
    from embedding_lab.registry.parameter import Value
    from embedding_lab_app.context import AppContext
    from embedding_lab_app.pages.prompts.optimizer import OptimizerController

BASELINES = (
    ("name", "Without a search"), ("accuracy", "Accuracy"), ("ci", "95 %"),
    ("verdict", "What was found, compared"),
)  # fmt: skip
MOST_SHOTS = 1000


class OptimizerView(QWidget):
    """Asks for a method, its values and the number of examples.

    Signals
    -------
    closed()
        Back to the editors.
    prompts_wanted(prompt_set)
        What was found is to stand in the editors.
    """

    closed = Signal()
    prompts_wanted = Signal(object)

    def __init__(self, context: AppContext, controller: OptimizerController) -> None:
        super().__init__()
        self._context = context
        self._controller = controller
        self._found: dict[str, Any] = {}
        self.method = MethodChoice(
            "Method", "How prompts are searched", controller.methods(),
            context.manual_requested.emit,
        )  # fmt: skip
        self.shots = NumberField(1, MOST_SHOTS, "rows")
        self.shots.setValue(16)
        self.search_button = Button("Search", self._search, kind="primary")
        self.back_button = Button("Back to the editors", self.closed.emit, kind="link")
        self.job_card = JobCard(context.runner)
        self.error = ErrorBox()
        self.curve = CurvePlot(context, "Best so far", x="Step", y="On the examples")
        self.curve_card = Card("", self.curve)
        self.sentence = Label("", wraps=True).make_selectable()
        self.warnings = Label("", "warning", wraps=True)
        self.table = RecordTable("Compared with prompts that need no search", BASELINES,
                                 (224, 88, 120))  # fmt: skip
        self.use_button = Button("Use these prompts", self._use)
        self.keep_button = Button("Save as a prompt set…", self._keep)
        acts = row(self.use_button, self.keep_button, None)
        self.result = Card("What was found", self.sentence, self.warnings, self.table, acts)
        self.copy_as = CopyAsButton("the search")
        self.curve_card.hide()
        self.result.hide()
        explain("prompts#searching-prompts", self)
        self._place()
        self.method.changed.connect(self._on_form_changed)
        self.shots.valueChanged.connect(self._on_form_changed)
        controller.running.connect(self._on_running)
        controller.stepped.connect(self._on_stepped)
        controller.found.connect(self._on_found)
        controller.failed.connect(self._on_failed)

    def _place(self) -> None:
        shots = Field(
            "Examples of each class", self.shots, "All other labelled rows judge the result"
        )
        acts = boxed(row(self.search_button, self.copy_as, self.back_button, None))
        content = QWidget()
        content.setLayout(
            column(
                self.method, shots, acts, self.job_card, self.error, self.result,
                self.curve_card, None, spacing=12, margins=(0, 12, 8, 12),
            )
        )  # fmt: skip
        self._area = scrolled(content)
        self.setLayout(column(self._area))

    def show_method(self, method: str, values: Mapping[str, Value]) -> None:
        """Choose a method and put values into its form; an unknown one is ignored."""
        self.method.choose(method, values)

    def show_ready(self, *, is_ready: bool) -> None:
        """Say whether there is something to search on."""
        self._is_ready = is_ready
        is_complete = is_ready and self.method.is_valid
        self.search_button.setEnabled(is_complete and not self._controller.is_running)
        python = command = ""
        if is_complete:
            folder, job = self._context.workspace.folder, self._controller.job(*self._chosen())
            python = copy_as.search_as_python(folder, job)
            command = copy_as.search_as_command(folder, job)
        self.copy_as.offer(python=python, command=command)

    def _chosen(self) -> tuple[str, dict[str, Value], int]:
        return self.method.method.chosen, self.method.chosen(), self.shots.value()

    _is_ready = False

    def _on_form_changed(self, _now: int = 0) -> None:
        self.show_ready(is_ready=self._is_ready)

    def _search(self) -> None:
        self.error.say("")
        self.result.hide()
        self.curve.show_curves([])
        try:
            self._controller.search(*self._chosen())
        except LabError as error:
            self.error.say(error.message, error.hint)

    def _on_running(self, run_id: str) -> None:
        self.job_card.follow(run_id)
        self.show_ready(is_ready=self._is_ready)

    def _on_stepped(self, step: dict[str, Any]) -> None:
        self.curve_card.show()
        self.curve.append("Accuracy", step["number"], step["accuracy"])
        self.curve.append("Score", step["number"], step["score"])
        self.curve.refresh()

    def _on_failed(self, event: JobFailed) -> None:
        self.error.say(event.message, event.hint, event.details)

    def _on_found(self, result: dict[str, Any]) -> None:
        self._found = result["prompt_set"]
        self.keep_button.setEnabled(not self._context.workspace.why_read_only)
        self.sentence.setText(sentence(result))
        self.warnings.setText("\n".join(result["warnings"]))
        self.warnings.setVisible(bool(result["warnings"]))
        self.table.show_records(
            [
                {
                    "name": item["name"].capitalize(),
                    "accuracy": item["accuracy"],
                    "ci": interval(item["accuracy_ci"]),
                    "verdict": compared(item),
                }
                for item in result["baselines"]
            ]
        )
        self.result.show()
        reveal(self._area, self.result)

    def _use(self) -> None:
        self.prompts_wanted.emit(self._found)

    def _keep(self) -> None:
        keep_prompt_set(self._context, self._found)
