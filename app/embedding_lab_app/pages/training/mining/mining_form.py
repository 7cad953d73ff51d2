"""Choosing what is mined with what, and starting it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from embedding_lab.manual.method_pages import method_page_name
from embedding_lab.training.rows import RowSource
from embedding_lab.workflows.mine_negatives import MineNegatives
from embedding_lab_app.forms.parameter_form import ParameterForm
from embedding_lab_app.jobs.job_outcome import JobOutcome
from embedding_lab_app.pages.training.mining import copy_as
from embedding_lab_app.pages.training.mining.words import SOURCES
from embedding_lab_app.subsets import SubsetMenu
from embedding_lab_app.widgets.buttons import CopyAsButton, PrimaryButton
from embedding_lab_app.widgets.choice_box import ChoiceBox
from embedding_lab_app.widgets.field import Field, NumberField
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.manual_place import ManualLink, explain
from embedding_lab_app.widgets.surfaces import Card, Collapsible
from embedding_lab_app.widgets.wording import count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from embedding_lab.jobs.events import JobFailed
    from embedding_lab.registry.parameter import Value
    from embedding_lab.workflows.plan_mining import MiningPlan
    from embedding_lab_app.context import AppContext
    from embedding_lab_app.pages.training.mining.controller import MiningController

PLAN_AFTER_MS = 250
MOST_ROWS = 10_000_000
ALL_PAIRS = "All pairs"


class MiningForm(QWidget):
    """Corpus, pairs, encoder, a miner with its generated form, and the button with its cost."""

    def __init__(self, context: AppContext, controller: MiningController) -> None:
        super().__init__()
        self._context = context
        self._controller = controller
        self._choices = controller.choices
        self._plan: MiningPlan | None = None
        self.corpus, self.source, self.encoder, self.sampler = (ChoiceBox(12) for _ in range(4))
        self.sampler.offer((card.title, card.id) for card in self._choices.miners.values())
        self.sampler.choose("saha")
        self.summary = Label("", "muted", wraps=True)
        self.manual_link = ManualLink(context.manual_requested.emit, "Miner in the manual")
        self.form = ParameterForm(())
        self._form_place: QVBoxLayout = column(self.form)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText("year > 2001")
        SubsetMenu(context, self.filter, lambda: self._choices.corpus(self.corpus.chosen))
        self.limit = NumberField(0, MOST_ROWS, "pairs")
        self.limit.setSpecialValueText(ALL_PAIRS)
        self.name = QLineEdit()
        self.name.setPlaceholderText("Named by corpus and miner")
        self.problem = Label("", "error", wraps=True)
        self.button = PrimaryButton("Mine negatives", self._mine)
        self.copy_as = CopyAsButton()
        self.outcome = JobOutcome(context.runner)
        self._timer = QTimer(self, singleShot=True, interval=PLAN_AFTER_MS)
        self._timer.timeout.connect(self._ask)
        self._build()
        self._connect()
        self._on_sampler_changed()

    def _build(self) -> None:
        first = row(
            Field("Corpus", self.corpus, "Corpora that hold pairs of any kind"),
            Field("Pairs", self.source, "Where the two sides of a pair come from"),
            spacing=12,
        )
        second = row(
            Field("Encoder", self.encoder, "Whose vectors say what is hard; best the one to train"),
            Field("Miner", self.sampler, "How negatives are chosen"),
            spacing=12,
        )
        third = row(
            Field("Filter", self.filter, "Which rows; empty for all"),
            Field("At most", self.limit, "So many pairs, drawn at random"),
            Field("Name", self.name, "What the table of negatives is called"),
            spacing=12,
        )
        for fields in (first, second, third):
            for place in range(fields.count()):
                fields.setStretch(place, 1)
        act = row(self.button, self.copy_as)
        act.setStretch(0, 1)
        self.setLayout(
            column(
                Card(
                    "Mine hard negatives",
                    first,
                    second,
                    self.summary,
                    boxed(row(self.manual_link, None)),
                    boxed(self._form_place),
                    Collapsible("Rows and name (3)", boxed(third)),
                    self.problem,
                    act,
                ),
                self.outcome,
                None,
                spacing=12,
                margins=(12, 0, 8, 16),
            )
        )
        self.problem.hide()

    def _connect(self) -> None:
        controller = self._controller
        self._choices.changed.connect(self.show_choices)
        controller.planned.connect(self._on_planned)
        controller.plan_failed.connect(self._on_plan_failed)
        controller.mining.changed.connect(self._on_mining_changed)
        self.corpus.currentIndexChanged.connect(self._on_corpus_changed)
        self.source.currentIndexChanged.connect(self._on_source_changed)
        self.encoder.currentIndexChanged.connect(self._on_rows_changed)
        self.sampler.currentIndexChanged.connect(self._on_sampler_changed)
        self.filter.textChanged.connect(self._on_rows_changed)
        self.limit.valueChanged.connect(self._on_rows_changed)
        self.name.textChanged.connect(self._show_act)

    # Choosing

    def show_choices(self) -> None:
        """Offer the corpora and encoders there are now."""
        self.corpus.offer((item.name, item.id) for item in self._choices.corpora)
        self._on_corpus_changed()

    def choose(self, corpus: str = "", encoder: str = "") -> None:
        """Choose a corpus and an encoder by id or name; what is unknown stays as it is."""
        found = self._choices.corpus(corpus)
        if found is not None:
            self.corpus.choose(found.id)
            self._on_corpus_changed()
        known = {name: item.id for item in self._choices.encoders for name in (item.id, item.name)}
        if encoder in known:
            self.encoder.choose(known[encoder])
            self._on_rows_changed()

    def show_method(self, method: str, values: Mapping[str, Value]) -> None:
        """Choose a miner and put values into its form; another sampler is ignored."""
        if method in self._choices.miners:
            self.sampler.choose(method)
            self._on_sampler_changed()
            self.form.show_values(values)

    def job(self) -> MineNegatives | None:
        """Return the job as it is chosen; ``None`` while something is missing or invalid."""
        corpus = self._choices.corpus(self.corpus.chosen)
        encoder = self.encoder.currentText()
        if corpus is None or not encoder or not self.form.is_valid or not self.sampler.chosen:
            return None
        usual = self._choices.sources(corpus.id)[0]
        return MineNegatives(
            corpus.name,
            encoder,
            self.sampler.chosen,
            self.form.chosen(),
            source="" if self.source.chosen == usual else self.source.chosen,
            filter=self.filter.text().strip(),
            limit=self.limit.value(),
            name=self.name.text().strip(),
        )

    def _on_corpus_changed(self, _index: int = 0) -> None:
        sources = self._choices.sources(self.corpus.chosen)
        self.source.offer((SOURCES[item], item) for item in sources)
        self._on_source_changed()

    def _on_source_changed(self, _index: int = 0) -> None:
        encoders = self._choices.fitting_encoders(self.source.chosen or RowSource.COLUMNS)
        self.encoder.offer((item.name, item.id) for item in encoders)
        self._on_rows_changed()

    def _on_sampler_changed(self, _index: int = 0) -> None:
        card = self._choices.miners.get(self.sampler.chosen)
        if card is None:
            return
        self.summary.setText(card.when_to_use)
        old, self.form = self.form, ParameterForm(card.parameters)
        self._form_place.replaceWidget(old, self.form)
        old.hide()
        old.deleteLater()
        self.form.changed.connect(self._show_act)
        explain(method_page_name(card.id), self.sampler, self.manual_link, self.form)
        self._show_act()

    # What it takes

    def _on_rows_changed(self, _now: object = None) -> None:
        self._plan = None
        self._say("")
        self._show_act()
        self._timer.start()

    def _ask(self) -> None:
        job = self.job()
        if job is not None and self._context.has_workspace:
            self._controller.plan(job)

    def _on_planned(self, plan: MiningPlan) -> None:
        self._plan = plan
        self._say("")
        self._show_act()

    def _on_plan_failed(self, event: JobFailed) -> None:
        self._plan = None
        self._say(f"{event.message} {event.hint}".strip())
        self._show_act()

    def _say(self, problem: str) -> None:
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))

    def _show_act(self, _now: object = None) -> None:
        job, plan = self.job(), self._plan
        why_not = self._context.workspace.why_read_only if self._context.has_workspace else ""
        is_running = self._controller.mining.is_running
        is_possible = job is not None and plan is not None and not why_not and not is_running
        words = f"Mine negatives for {count(plan.n_rows, 'pair')}" if plan else "Mine negatives"
        cost = f"The workspace is read-only. {why_not}" if why_not else ""
        if not why_not and not self.problem.text():
            cost = f"{plan.sentence}." if plan else "Counting…" if job else ""
        self.button.set_act(words, cost, is_enabled=is_possible)
        folder = self._context.workspace.folder if self._context.has_workspace else None
        if job is None or folder is None:
            self.copy_as.offer(python="", command="")
        else:
            self.copy_as.offer(
                python=copy_as.as_python(folder, job), command=copy_as.as_command(folder, job)
            )

    # Mining

    def _mine(self) -> None:
        job = self.job()
        if job is not None:
            self._controller.mine(job)

    def _on_mining_changed(self) -> None:
        self.outcome.show_job(self._controller.mining)
        self._show_act()
