"""The Prompts page: zero-shot classes, retrieval instructions, embedding prompts, saved tests."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtWidgets import QStackedWidget, QWidget

from embedding_lab.errors import LabError
from embedding_lab_app.jobs.job_card import JobCard
from embedding_lab_app.pages.base import Page
from embedding_lab_app.pages.prompts.act_bar import (
    EMBEDDING,
    INSTRUCTIONS,
    KEPT,
    PATTERNS,
    PLACES,
    SAVED,
    TESTED,
    ZERO_SHOT,
    ActBar,
)
from embedding_lab_app.pages.prompts.bench_view import BenchView
from embedding_lab_app.pages.prompts.choice_bar import ChoiceBar
from embedding_lab_app.pages.prompts.choices import PromptChoices
from embedding_lab_app.pages.prompts.embed_banner import EmbedBanner
from embedding_lab_app.pages.prompts.embedding import EmbeddingPromptsController
from embedding_lab_app.pages.prompts.embedding_view import EmbeddingPromptsView
from embedding_lab_app.pages.prompts.experiments import ExperimentsController
from embedding_lab_app.pages.prompts.experiments_view import ExperimentsView
from embedding_lab_app.pages.prompts.inner import InnerController
from embedding_lab_app.pages.prompts.instructions import InstructionsController
from embedding_lab_app.pages.prompts.instructions_view import InstructionsView
from embedding_lab_app.pages.prompts.nothing_to_test import NothingToTest
from embedding_lab_app.pages.prompts.optimizer import OptimizerController
from embedding_lab_app.pages.prompts.page_state import FIRST_TEMPLATES, show_state, state_of
from embedding_lab_app.pages.prompts.patterns import PatternsController
from embedding_lab_app.pages.prompts.patterns_view import PatternsView
from embedding_lab_app.pages.prompts.prompt_text import is_list, rows_of
from embedding_lab_app.pages.prompts.zero_shot import ZeroShotController
from embedding_lab_app.widgets.layout import boxed, column
from embedding_lab_app.widgets.row_inspector import RowInspector
from embedding_lab_app.widgets.surfaces import ErrorBox

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from embedding_lab.jobs.events import JobFailed
    from embedding_lab_app.context import AppContext


class PromptsPage(Page):
    """Test zero-shot prompts and instructions like an experiment."""

    page_id: ClassVar[str] = "prompts"
    title: ClassVar[str] = "Prompts"
    icon: ClassVar[str] = "chat-text"
    manual: ClassVar[str] = "prompts"

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self.choices = PromptChoices(context, self)
        self.zero_shot = ZeroShotController(context, self.choices, self)
        self.instructions = InstructionsController(context, self.choices, self)
        self.embedding = EmbeddingPromptsController(context, self.choices, self)
        self.inner = InnerController(context, self.choices, self.embedding, self)
        self.experiments = ExperimentsController(context, self)
        self.optimizer = OptimizerController(context, self.zero_shot, self)
        self.patterns = PatternsController(context, self)
        self._row_inspector = RowInspector()
        self._shown_corpus = ""
        self._run_id = ""
        self._build()
        self._connect()
        self.bench.editors.show_templates(FIRST_TEMPLATES)
        self.choices.reload()
        self.embedding.reload()
        self.experiments.reload()
        self.patterns.reload()

    # Building

    def _build(self) -> None:
        context = self.context
        self.acts = ActBar(context, self.choices, self.zero_shot, self.instructions, self.embedding)
        self.segments = self.acts.segments
        self.bar = ChoiceBar(self.choices)
        self.banner = EmbedBanner(context, self.choices, self.zero_shot)
        self.error = ErrorBox()
        self.job_card = JobCard(context.runner)
        self.empty = NothingToTest(context)
        self.bench = BenchView(context, self.zero_shot, self.optimizer)
        self.instructions_view = InstructionsView(context, self.instructions)
        self.embedding_view = EmbeddingPromptsView(context, self.embedding, self.inner)
        self.experiments_view = ExperimentsView(context, self.experiments)
        self.patterns_view = PatternsView(context, self.patterns, self.zero_shot)
        self.stack = QStackedWidget()
        self._parts: dict[str, QWidget] = {
            ZERO_SHOT: self.bench,
            INSTRUCTIONS: self.instructions_view,
            EMBEDDING: self.embedding_view,
            PATTERNS: self.patterns_view,
            SAVED: self.experiments_view,
        }
        for widget in (self.empty, *self._parts.values()):
            self.stack.addWidget(widget)
        inner = column(
            self.acts, self.bar, self.error, self.job_card, self.stack, spacing=12, margins=16
        )
        inner.setStretch(4, 1)
        layout = column(self.banner, boxed(inner), spacing=0)
        layout.setStretch(1, 1)
        self.setLayout(layout)

    def _connect(self) -> None:
        self.segments.chosen.connect(self._show_state)
        self.banner.started.connect(self.job_card.follow)
        self.acts.test_wanted.connect(self._test)
        self.acts.save_wanted.connect(self._save)
        self.bar.corpus_chosen.connect(self.zero_shot.preview_soon)
        self.bar.vectors_chosen.connect(self._start_with_other_vectors)
        self.choices.changed.connect(self._on_choices_changed)
        zero_shot, instructions, embedding = self.zero_shot, self.instructions, self.embedding
        zero_shot.text_changed.connect(self._show_acts)
        instructions.changed.connect(self._show_acts)
        zero_shot.previewed.connect(self._show_acts)
        embedding.changed.connect(self._show_acts)
        for controller in (zero_shot, instructions, embedding):
            controller.running.connect(self._on_running)
            controller.failed.connect(self._on_failed)
        self.experiments_view.chosen_changed.connect(self._show_acts)
        self.experiments_view.prompts_wanted.connect(self._edit_saved)
        self.patterns_view.use_wanted.connect(self._use_pattern)
        for view in (self.bench, self.experiments_view):
            view.row_chosen.connect(self._on_row_chosen)
        self._row_inspector.like_wanted.connect(self._on_like_wanted)

    # What the window asks of a page

    @property
    def manual_place(self) -> str:
        """The manual's section on the part that is shown."""
        return PLACES[self.segments.current]

    def inspector(self) -> QWidget:
        """Return the whole row beside the results."""
        return self._row_inspector

    def open_with(self, arguments: dict[str, Any]) -> None:
        """Test a ``corpus`` with an ``encoder``, show a ``segment``, or search by a ``method``."""
        self.segments.choose(str(arguments.get("segment", self.segments.current)))
        if "corpus" in arguments:
            self.choices.choose(str(arguments["corpus"]), arguments.get("encoder"))
        if "method" in arguments:
            self.segments.choose(ZERO_SHOT)
            self.bench.optimizer.show_method(
                str(arguments["method"]), arguments.get("parameters", {})
            )
            self.bench.show_optimizer()

    def take_drop(self, paths: list[Path]) -> bool:
        """Take a list of classes, templates or instructions; leave larger files to the window."""
        part = self.segments.current
        if part not in KEPT or self.choices.corpus is None:
            return False
        if len(paths) != 1 or not is_list(paths[0]):
            return False
        if part == INSTRUCTIONS:
            self.instructions_view.take_file(paths[0])
        else:
            self.bench.show_part("prompts")
            self.bench.editors.take_file(paths[0])
        return True

    def save_state(self) -> dict[str, Any]:
        """Return what was chosen and typed."""
        return state_of(self)

    def restore_state(self, state: dict[str, Any]) -> None:
        """Show again what was chosen and typed, without testing anything."""
        show_state(self, state)

    # States

    def _on_choices_changed(self) -> None:
        corpus = self.choices.corpus
        self.bar.show_choices()
        if corpus is not None and corpus.id != self._shown_corpus:
            self._shown_corpus = corpus.id
            self._start_anew()
        self._show_state()

    def _start_anew(self) -> None:
        """Name the classes by the labels of another corpus, and put old figures away."""
        self.zero_shot.forget()
        self.instructions.forget()
        self.bench.clear(self.acts.test_button.text())
        self.instructions_view.clear_result()
        self.embedding_view.clear_result()
        self._row_inspector.show_row(None, None)
        rows: list[tuple[str, str, str]] = []
        try:
            if self.choices.corpus is not None:
                rows = rows_of(self.zero_shot.label_classes())
        except LabError:
            pass  # fewer than two labels: the editor says what is missing
        self.bench.editors.classes.rows.show_rows(rows)

    def _show_state(self, _segment: str = "") -> None:
        part, corpus = self.segments.current, self.choices.corpus
        self.error.say("")
        self.bar.setVisible(part in TESTED and corpus is not None)
        self._show_acts()
        self.banner.explain(part)
        is_empty = part in TESTED and self.empty.explain(part, corpus)
        self.stack.setCurrentWidget(self.empty if is_empty else self._parts[part])

    def _show_acts(self) -> None:
        self.acts.show_acts(self.experiments_view.comparison, is_idle=not self._run_id)
        is_zero_shot = self.acts.segments.current == ZERO_SHOT
        self.bench.optimizer.show_ready(is_ready=is_zero_shot and self.acts.is_ready)

    # Acts

    def _test(self) -> None:
        acts = {
            ZERO_SHOT: self.zero_shot.test,
            INSTRUCTIONS: self.instructions.compare,
            EMBEDDING: self.embedding.compare,
        }
        self._try(acts[self.segments.current])

    def _save(self) -> None:
        is_zero_shot = self.segments.current == ZERO_SHOT
        part = self.zero_shot if is_zero_shot else self.instructions
        result = self.acts.last_result or {}
        told = f"accuracy {result['accuracy']:.3f}" if is_zero_shot else f"{result['n']:,} queries"
        name = self.context.asker.text("Save the test", f"Name of the last test ({told})")
        if name and self._try(partial(part.keep, name)):
            self.context.notices.info(f"Saved as {name}. It is listed under Saved.")

    def _try(self, act: Callable[[], object]) -> bool:
        self.error.say("")
        try:
            act()
        except LabError as error:
            self.error.say(error.message, error.hint)
            return False
        return True

    def _edit_saved(self, name: str) -> None:
        """Put the prompts of a saved test into the editors, on its corpus if that is there."""
        try:
            result = self.experiments.result(name)
        except LabError as error:
            self.context.notices.error(error)
            return
        self.segments.choose(ZERO_SHOT)
        self.choices.choose(result["corpus_id"])
        templates = [item["template"] for item in result["templates"]]
        self.bench.edit(result["classes"], templates, f"prompts of {name}")

    def _use_pattern(self, use: str, templates: Sequence[str]) -> None:
        self.segments.choose(ZERO_SHOT)
        self.bench.use_pattern(use, templates)

    # Answers

    def _start_with_other_vectors(self) -> None:
        self.zero_shot.forget()
        self.bench.clear(self.acts.test_button.text())
        self.zero_shot.preview_soon()

    def _on_running(self, run_id: str) -> None:
        self._run_id = run_id
        self.job_card.follow(run_id)
        self._show_acts()

    def _on_failed(self, event: JobFailed) -> None:
        self.error.say(event.message, event.hint, event.details)

    def _on_row_chosen(self, corpus_row: int) -> None:
        selection = self.context.selection
        corpora = {corpus.id: corpus for corpus in self.choices.corpora}
        corpus = corpora.get(selection.corpus_id)
        if corpus is not None:
            self._row_inspector.show_row(corpus, corpus.documents_at([corpus_row])[0])

    def _on_like_wanted(self, corpus_row: int) -> None:
        self.context.navigate(
            "search", corpus=self.context.selection.corpus_id, like_row=corpus_row
        )
