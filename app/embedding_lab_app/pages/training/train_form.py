"""What is trained, on which rows and how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from embedding_lab.errors import LabError
from embedding_lab.training.offers import offers
from embedding_lab.training.settings import PARAMETERS
from embedding_lab.workflows.estimate_training import EstimateTraining
from embedding_lab.workflows.train_encoder import TrainEncoder
from embedding_lab_app.forms.method_choice import MethodChoice
from embedding_lab_app.forms.parameter_form import ParameterForm
from embedding_lab_app.jobs.followed import FollowedJob
from embedding_lab_app.subsets import SubsetMenu
from embedding_lab_app.widgets.buttons import Button, PrimaryButton
from embedding_lab_app.widgets.choice_box import ChoiceBox
from embedding_lab_app.widgets.field import Field, NumberField
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.surfaces import Card, ErrorBox, scrolled
from embedding_lab_app.widgets.wording import count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from embedding_lab.contracts import Objective
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab_app.context import AppContext
    from embedding_lab_app.pages.training.train import TrainController

MOST_ROWS = 10_000_000
MINE_NOW = "Mined when the run begins"
SOURCES = {
    "columns": "Its columns of pairs",
    "judgements": "Its judged queries",
    "captions": "Pictures and captions",
    "titles": "Titles and texts",
    "classes": "Rows of the same class",
}


class TrainForm(QWidget):
    """Every choice of a training run.

    Signals
    -------
    wanted(job)
        The user wants this to run.
    changed()
        Something else is chosen.
    """

    wanted = Signal(object)
    changed = Signal()

    def __init__(self, context: AppContext, controller: TrainController) -> None:
        super().__init__()
        self._context = context
        self._controller = controller
        self._has_teacher = False
        self.corpus, self.encoder = ChoiceBox(), ChoiceBox()
        self.source, self.teacher, self.negatives = (ChoiceBox() for _ in range(3))
        self.name, self.filter = QLineEdit(), QLineEdit()
        self.filter.setPlaceholderText("year > 2000")
        SubsetMenu(context, self.filter, lambda: self.chosen_corpus)
        self.limit = NumberField(0, MOST_ROWS, "rows")
        self.limit.setSpecialValueText("All rows")
        open_manual = context.manual_requested.emit
        self.objective = MethodChoice(
            "Objective", "What is learned from each batch", controller.objectives(), open_manual
        )
        self.sampler = MethodChoice(
            "Batch sampler",
            "Which rows stand in a batch together",
            controller.samplers(),
            open_manual,
        )
        self.objective.choose("info_nce")
        self.sampler.choose("random_batches")
        self.settings = ParameterForm(PARAMETERS)
        self.lack = Label("", "warning", wraps=True)
        self.error = ErrorBox()
        self.primary = PrimaryButton("Train", self._train)
        self.estimate_button = Button("Estimate", self._estimate)
        self.estimate_button.setToolTip("Try a few steps, and tell what the whole will take")
        self._estimating = FollowedJob(context.runner, self)
        self._place()
        self._connect()

    def _place(self) -> None:
        self._source_field = Field("Pairs from", self.source, "Where the pairs are taken from")
        self._teacher_field = Field("Teacher", self.teacher, "The encoder that is learned from")
        self._negatives_field = Field(
            "Negatives", self.negatives, "Clusters that are put into batches"
        )
        first = row(
            Field("Corpus", self.corpus, "What is learned from"),
            Field("Encoder", self.encoder, "What is trained; it stays as it is, a copy is trained"),
            Field("Name", self.name, "What the tuned encoder is called"),
            spacing=12,
        )
        second = row(
            self._source_field,
            self._teacher_field,
            self._negatives_field,
            Field("Filter", self.filter, 'Only rows that fit, such as label = "space"'),
            Field("Rows at most", self.limit, "Drawn at random"),
            spacing=12,
        )
        for line in (first, second):
            for place in range(line.count()):
                line.setStretch(place, 1)
        methods = row(self.objective, self.sampler, spacing=12)
        for place in range(2):
            methods.setStretch(place, 1)
        content = QWidget()
        content.setLayout(
            column(
                first, second, self.lack, boxed(methods), Card("Training", self.settings), None,
                spacing=12, margins=(0, 12, 8, 12),
            )
        )  # fmt: skip
        acts = row(self.primary, self.estimate_button)
        acts.setStretch(0, 1)
        layout = column(scrolled(content), self.error, acts, spacing=12)
        layout.setStretch(0, 1)
        self.setLayout(layout)

    def _connect(self) -> None:
        for box in (self.corpus, self.encoder, self.source, self.teacher, self.negatives):
            box.activated.connect(self._on_changed)
        for line in (self.name, self.filter):
            line.textChanged.connect(self._on_changed)
        self.limit.valueChanged.connect(self._on_changed)
        for choice in (self.objective, self.sampler, self.settings):
            choice.changed.connect(self._on_changed)
        self._controller.listed.connect(self._on_listed)
        self._estimating.changed.connect(self._on_estimating_changed)

    # What is chosen

    @property
    def chosen_corpus(self) -> Corpus | None:
        """The corpus that is chosen."""
        return self._controller.corpus(self.corpus.chosen)

    def job(self) -> TrainEncoder:
        """Return the run as a job.

        Raises
        ------
        LabError
            If a field holds something invalid.
        """
        return TrainEncoder(
            corpus=self.corpus.chosen,
            encoder=self.encoder.chosen,
            objective=self.objective.method.chosen,
            objective_values=dict(self.objective.chosen()),
            sampler=self.sampler.method.chosen,
            sampler_values=dict(self.sampler.chosen()),
            settings=dict(self.settings.chosen()),
            name=self.name.text().strip(),
            teacher=self.teacher.chosen if self._has_teacher else "",
            source=self.source.chosen if self.source.count() > 1 else "",
            filter=self.filter.text().strip(),
            limit=self.limit.value(),
            negatives=self.negatives.chosen,
        )

    def show_job(self, inputs: Mapping[str, Any]) -> None:
        """Put the choices of a run into the form; what is gone by now is left out."""
        self.corpus.choose(str(inputs.get("corpus", self.corpus.chosen)))
        self.encoder.choose(str(inputs.get("encoder", self.encoder.chosen)))
        for choice, name in ((self.objective, "objective"), (self.sampler, "sampler")):
            if name in inputs:
                choice.choose(str(inputs[name]), inputs.get(f"{name}_values", {}))
        if "settings" in inputs:
            self.settings.restore_defaults()
            self.settings.show_values(inputs["settings"])
        for line, name in ((self.filter, "filter"), (self.name, "name")):
            line.setText(str(inputs.get(name, line.text())))
        self.limit.setValue(int(inputs.get("limit", self.limit.value())))
        self._show_state()
        for box, name in (
            (self.source, "source"), (self.teacher, "teacher"), (self.negatives, "negatives"),
        ):  # fmt: skip
            if inputs.get(name):
                box.choose(str(inputs[name]))

    @property
    def is_ready(self) -> bool:
        """Whether what is chosen could run."""
        return self._is_valid and bool(self.encoder.chosen) and not self.lack.text()

    @property
    def _is_valid(self) -> bool:
        """Whether every field holds something it takes."""
        return all(part.is_valid for part in (self.objective, self.sampler, self.settings))

    # States

    def _on_listed(self) -> None:
        self.corpus.offer((corpus.name, corpus.name) for corpus in self._controller.corpora)
        encoders = [(record.name, record.name) for record in self._controller.encoders]
        self.encoder.offer(encoders)
        self.teacher.offer(encoders)
        self._show_state()

    def _on_changed(self, _now: object = None) -> None:
        if self._estimating.result is not None or self._estimating.failure is not None:
            self._estimating.forget()
        self._show_state()
        self.changed.emit()

    def _show_state(self) -> None:
        corpus, objective = self.chosen_corpus, self._objective()
        form = objective.form if objective is not None else None
        self._has_teacher = objective is not None and objective.needs_teacher
        sources = offers(corpus).get(form, ()) if corpus and form else ()
        self.source.offer((SOURCES.get(source, source), source) for source in sources)
        self._source_field.setVisible(bool(sources))
        self._teacher_field.setVisible(self._has_teacher)
        mined = self._controller.mined_for(self.corpus.chosen, self.sampler.method.chosen)
        offered = [(MINE_NOW, ""), *((meta.name, meta.name) for meta in mined)]
        self.negatives.offer(offered if mined else [])
        self._negatives_field.setVisible(bool(mined))
        self.lack.setText(self._problem())
        self.lack.setVisible(bool(self.lack.text()))
        self.show_acts(is_idle=not self._controller.is_running)

    def _problem(self) -> str:
        """Return what keeps this from being trained, and the way out; nothing if all is there."""
        if not (self._is_valid and self.corpus.chosen and self.encoder.chosen):
            return ""
        try:
            self.job().require_possible(self._context.workspace)
        except LabError as error:
            return f"{error.message} {error.hint}".strip()
        return ""

    def _objective(self) -> Objective | None:
        """Return the objective as it is chosen, which says what rows it needs."""
        card = self.objective.card
        if card is None or not self.objective.is_valid:
            return None
        try:
            made: Objective = card.create(**self.objective.chosen())
            return made
        except LabError as error:
            self.objective.field.set_error(error.message)
            return None

    def show_acts(self, *, is_idle: bool) -> None:
        """Say what the button does, or why it does not."""
        corpus = self.chosen_corpus
        cost, found = "", self._estimating.result
        if not is_idle:
            cost = "A run is going on"
        elif self._estimating.is_running:
            cost = "Trying a few steps…"
        elif found is not None:
            cost = str(found["sentence"])
        elif corpus is not None:
            cost = count(corpus.n_rows, "row")
        can_start = is_idle and self.is_ready and not self._estimating.is_running
        self.primary.set_act("Train", cost, is_enabled=can_start)
        self.estimate_button.setEnabled(can_start)

    def _estimate(self) -> None:
        self.error.say("")
        try:
            choices = vars(self.job())
            self._estimating.start(EstimateTraining(**choices))
        except LabError as error:
            self.error.say(error.message, error.hint)

    def _on_estimating_changed(self) -> None:
        failure = self._estimating.failure
        if failure is not None:
            self.error.say(failure.message, failure.hint, failure.details)
        self.show_acts(is_idle=not self._controller.is_running)

    def _train(self) -> None:
        self.error.say("")
        try:
            self.wanted.emit(self.job())
        except LabError as error:
            self.error.say(error.message, error.hint)
