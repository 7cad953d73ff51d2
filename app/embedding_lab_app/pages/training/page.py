"""The Training page: a form, the run that goes on, and all runs there were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtWidgets import QStackedWidget, QWidget

from embedding_lab import resources
from embedding_lab.errors import LabError
from embedding_lab_app.pages.base import Page
from embedding_lab_app.pages.training.copy_as import run_as_command, run_as_python
from embedding_lab_app.pages.training.live_view import LiveView
from embedding_lab_app.pages.training.mining.mining_view import MiningView
from embedding_lab_app.pages.training.runs import RunsController
from embedding_lab_app.pages.training.runs_view import RunsView
from embedding_lab_app.pages.training.train import TrainController
from embedding_lab_app.pages.training.train_form import TrainForm
from embedding_lab_app.widgets.buttons import CopyAsButton
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.segments import Segments
from embedding_lab_app.widgets.surfaces import EmptyState

if TYPE_CHECKING:
    from embedding_lab.jobs.events import JobCancelled, JobFailed
    from embedding_lab.jobs.record import RunRecord
    from embedding_lab.workflows.train_encoder import TrainEncoder
    from embedding_lab_app.context import AppContext

TRAIN, LIVE, RUNS, NEGATIVES = "train", "live", "runs", "negatives"
PARTS = {TRAIN: "New run", LIVE: "Watch", RUNS: "Runs", NEGATIVES: "Negatives"}
PLACES = {
    TRAIN: "a-new-run",
    LIVE: "while-it-runs",
    RUNS: "the-report",
    NEGATIVES: "hard-negatives",
}
SAMPLE = "samples/python-library"


class TrainingPage(Page):
    """Fine-tune an encoder and watch it."""

    page_id: ClassVar[str] = "training"
    title: ClassVar[str] = "Training"
    icon: ClassVar[str] = "barbell"
    manual: ClassVar[str] = "training"

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self.train = TrainController(context, self)
        self.runs = RunsController(context, self)
        self.segments = Segments("Parts of the page", PARTS)
        self.copy_as = CopyAsButton()
        self.empty = EmptyState(
            "Nothing to train on yet",
            "An encoder is trained on pairs of texts that belong together, on judged queries, on "
            "labels or on scores. The sample has judged queries, and works offline.",
            ("Open the sample Python library", self._open_sample),
            ("Go to Corpora", self._go_to_corpora),
        )
        self.nothing_runs = EmptyState(
            "Nothing is being trained",
            "The curves of a run appear here as soon as it begins.",
            ("New run", self._show_form),
        )
        self.form = TrainForm(context, self.train)
        self.live = LiveView(context, self.train)
        self.runs_view = RunsView(context, self.runs)
        self.mining = MiningView(context)
        self.stack = QStackedWidget()
        for widget in (
            self.empty, self.nothing_runs, self.form, self.live, self.runs_view, self.mining,
        ):  # fmt: skip
            self.stack.addWidget(widget)
        head = row(Label("Training", "title"), 16, self.segments, None, self.copy_as)
        layout = column(boxed(head), self.stack, spacing=8, margins=16)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self._connect()
        self.train.reload()
        self.runs.reload()
        self._show_state()

    def _connect(self) -> None:
        self.segments.chosen.connect(self._show_state)
        self.form.wanted.connect(self._start)
        self.form.changed.connect(self._offer_copies)
        self.train.listed.connect(self._show_state)
        self.train.running.connect(self._on_running)
        self.train.trained.connect(self._on_trained)
        self.train.cut_short.connect(self._on_cut_short)
        self.live.continue_wanted.connect(self._continue_last)
        self.runs_view.continue_wanted.connect(self._continue)
        self.runs_view.again_wanted.connect(self._use_again)
        self.runs_view.report.search_wanted.connect(self._search)
        self.mining.train_wanted.connect(self._use_again)
        self.runs_view.report.encoder_wanted.connect(self._show_encoder)

    # What the window asks of a page

    @property
    def manual_place(self) -> str:
        """The manual's section on the part that is shown."""
        return f"training#{PLACES[self.segments.current]}"

    def open_with(self, arguments: dict[str, Any]) -> None:
        """Train on a ``corpus`` or what fits a ``filter``, an ``encoder``, by a ``method``.

        With the ``segment`` ``negatives`` they are for mining.
        """
        self.segments.choose(str(arguments.get("segment", TRAIN)))
        if self.segments.current == NEGATIVES:
            self.mining.open_with(arguments)
            return
        chosen = ("corpus", "encoder", "filter")
        self.form.show_job({name: arguments[name] for name in chosen if name in arguments})
        method, values = str(arguments.get("method", "")), arguments.get("parameters", {})
        for choice in (self.form.objective, self.form.sampler):
            choice.choose(method, values)

    def save_state(self) -> dict[str, Any]:
        """Return what is chosen."""
        try:
            inputs = self.form.job().to_record()["inputs"]
        except LabError:
            inputs = {}
        return {
            "segment": self.segments.current,
            "inputs": inputs,
            NEGATIVES: self.mining.save_state(),
        }

    def restore_state(self, state: dict[str, Any]) -> None:
        """Show again what was chosen, without starting anything."""
        if isinstance(state.get("inputs"), dict):
            self.form.show_job(state["inputs"])
        if isinstance(state.get(NEGATIVES), dict):
            self.mining.restore_state(state[NEGATIVES])
        segment = str(state.get("segment", TRAIN))
        self.segments.choose(TRAIN if segment == LIVE else segment)

    # States

    def _show_state(self, _segment: str = "") -> None:
        part = self.segments.current
        self.copy_as.setVisible(part == TRAIN)
        if part == RUNS:
            self.stack.setCurrentWidget(self.runs_view)
        elif part == NEGATIVES:
            self.stack.setCurrentWidget(self.mining)
        elif part == LIVE:
            has_run = self.train.curves is not None
            self.stack.setCurrentWidget(self.live if has_run else self.nothing_runs)
        else:
            self.stack.setCurrentWidget(self.form if self.train.corpora else self.empty)
        self._offer_copies()

    def _offer_copies(self) -> None:
        python = command = ""
        if self.segments.current == TRAIN and self.form.is_ready and self.train.corpora:
            job, folder = self.form.job(), self.context.workspace.folder
            python, command = run_as_python(folder, job), run_as_command(folder, job)
        self.copy_as.offer(python=python, command=command)

    # Acts

    def _start(self, job: TrainEncoder) -> None:
        try:
            self.train.start(job)
        except LabError as error:
            self.form.error.say(error.message, error.hint)

    def _continue(self, record: RunRecord) -> None:
        try:
            self.train.continue_run(record)
        except LabError as error:
            self.runs_view.error.say(error.message, error.hint)

    def _continue_last(self) -> None:
        try:
            self.train.continue_run(self.train.last_run())
        except LabError as error:
            self.live.error.say(error.message, error.hint)

    def _use_again(self, inputs: dict[str, Any]) -> None:
        self.form.show_job(inputs)
        self._show_form()

    def _show_form(self) -> None:
        self.segments.choose(TRAIN)

    def _open_sample(self) -> None:
        self.context.drop([resources.path(SAMPLE)])

    def _go_to_corpora(self) -> None:
        self.context.navigate("corpora")

    def _search(self, encoder_id: str) -> None:
        self.context.navigate("search", encoder=encoder_id)

    def _show_encoder(self, encoder_id: str) -> None:
        self.context.navigate("encoders", encoder=encoder_id)

    # Answers

    def _on_running(self, run_id: str) -> None:
        self.live.follow(run_id)
        self.form.show_acts(is_idle=not run_id)
        if run_id:
            self.segments.choose(LIVE)

    def _on_trained(self, result: dict[str, Any]) -> None:
        self.segments.choose(RUNS)
        self.runs_view.show_run(str(result["run"]))

    def _on_cut_short(self, event: JobCancelled | JobFailed) -> None:
        self.live.show_cut_short(event)
        self.runs_view.show_run(self.train.last_id)
