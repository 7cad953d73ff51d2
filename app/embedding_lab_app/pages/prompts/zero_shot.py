"""Zero-shot tests: what is typed becomes live previews and tests; what they bring goes back."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from embedding_lab.errors import LabError, UsageError
from embedding_lab.jobs.events import JobCompleted, JobFailed, JobLogged, PartialResult
from embedding_lab.prompts.bundled import sample_classes, template_set
from embedding_lab.prompts.class_list import classes_of_labels, read_classes
from embedding_lab.prompts.experiments import PROMPTS, ExperimentStore
from embedding_lab.prompts.template_list import read_templates
from embedding_lab.workflows.embed_corpus import EmbedCorpus
from embedding_lab.workflows.labelled_choices import LabelledChoices
from embedding_lab.workflows.score_prompts import PreviewPrompts, ScorePrompts
from embedding_lab_app.pages.prompts.prompt_text import PromptText, rows_of
from embedding_lab_app.widgets.pause import pause

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from embedding_lab.jobs.events import Event
    from embedding_lab.prompts.class_list import PromptClass
    from embedding_lab.prompts.experiments import Items
    from embedding_lab_app.context import AppContext
    from embedding_lab_app.pages.prompts.choices import PromptChoices

# Long enough to let a fast typist finish a letter, short enough not to be felt.
PAUSE_MS = 40


@dataclass(frozen=True)
class Outcome:
    """What a preview or a test found.

    Attributes
    ----------
    result : dict
        Every figure.
    items : dict of ndarray
        What was predicted for each row.
    is_whole : bool
        Whether it is a test, with intervals and comparisons, and not a preview.
    """

    result: dict[str, Any]
    items: Items
    is_whole: bool


class ZeroShotController(QObject):
    """Holds classes, templates and the last outcomes.

    Signals
    -------
    text_changed()
        Something else is typed, right or wrong.
    classes_given(rows), templates_given(text)
        A file, a label column or a bundled list is to stand in the editor.
    previewed(outcome), tested(outcome)
        A preview or a test ended well.
    preview_failed(message), failed(event)
        It did not.
    waiting(message)
        A preview has begun; the message is not empty while the engine is loading.
    running(run_id)
        A test began, or ended: no id then.
    """

    text_changed = Signal()
    classes_given = Signal(object)
    templates_given = Signal(str)
    previewed = Signal(object)
    tested = Signal(object)
    preview_failed = Signal(str)
    failed = Signal(object)
    waiting = Signal(str)
    running = Signal(str)

    def __init__(self, context: AppContext, choices: PromptChoices, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self.choices = choices
        self.text = PromptText()
        self.searches = False
        self.options: dict[str, Any] = {}
        self.options_error = ""
        self.outcome: Outcome | None = None
        self.last_test: Outcome | None = None
        self._items: dict[str, Items] = {}
        self._preview_run = self._test_run = self._embedding_run = ""
        self._pause = pause(self, PAUSE_MS, self.preview_now)
        context.runner.event_received.connect(self._on_event)
        context.runner.job_ended.connect(self._on_job_ended)

    # What is typed

    def take_classes(self, rows: Iterable[Sequence[str]]) -> None:
        """Take the rows of the table of classes."""
        self._take(self.text.with_classes(rows))

    def take_templates(self, text: str) -> None:
        """Take the lines of the templates."""
        self._take(self.text.with_templates(text))

    def _take(self, text: PromptText) -> None:
        if text != self.text:
            self.text = text
            self.text_changed.emit()
            self._pause.start()

    def take_options(self, options: dict[str, Any], error: str) -> None:
        """Take further fields of the jobs that differ from their defaults, or what is wrong."""
        self.options_error = error
        if options != self.options:
            self.options = options
            self._pause.start()
        self.text_changed.emit()

    def label_classes(self) -> tuple[PromptClass, ...]:
        """Return a class for each label of the corpus.

        Raises
        ------
        LabError
            If it has fewer than two.
        """
        corpus = self.choices.corpus
        return classes_of_labels(corpus) if corpus is not None else ()

    def use_labels(self) -> None:
        """Name the classes by the labels of the corpus."""
        self._give_classes(self.label_classes())

    def use_bundled_classes(self, name: str) -> None:
        """Take a bundled list of classes in plain words."""
        self._give_classes(sample_classes(name))

    def use_bundled_templates(self, name: str) -> None:
        """Take a bundled set of templates."""
        self.templates_given.emit("\n".join(template_set(name).templates))

    def read_class_file(self, path: Path) -> None:
        """Take the classes of a file.

        Raises
        ------
        LabError
            If it holds none.
        """
        self._give_classes(read_classes(path))

    def read_template_file(self, path: Path) -> None:
        """Take the templates of a file.

        Raises
        ------
        LabError
            If it holds none.
        """
        self.templates_given.emit("\n".join(read_templates(path)))

    def read_file(self, path: Path) -> None:
        """Take a dropped file for what it is: templates if its first line has a ``{}``.

        Raises
        ------
        LabError
            If it is neither; the sentence says what is wrong with it as a list of classes.
        """
        try:
            templates = read_templates(path)
        except LabError:
            self.read_class_file(path)
        else:
            self.templates_given.emit("\n".join(templates))

    def _give_classes(self, classes: Any) -> None:
        self.classes_given.emit(rows_of(classes))

    # Jobs

    @property
    def is_ready(self) -> bool:
        """Whether there is everything a test needs, but for vectors."""
        choices = self.choices
        is_right = self.text.is_right and not self.options_error
        return is_right and choices.corpus is not None and choices.encoder is not None

    @property
    def tested_outcome(self) -> Outcome | None:
        """The last test, if what is shown now is of the same rows and so compares with it."""
        shown, tested = self.outcome, self.last_test
        if shown is None or tested is None:
            return tested
        is_same = np.array_equal(shown.items["row"], tested.items["row"])
        return tested if is_same else None

    def inputs(self, kind: type[LabelledChoices] = LabelledChoices) -> dict[str, Any]:
        """Return what is chosen and typed, as one kind of the jobs about prompts takes it."""
        choices = self.choices
        known = {item.name for item in fields(kind)}
        options = {name: value for name, value in self.options.items() if name in known}
        is_one_of_several = len(choices.modalities) > 1
        return {
            "corpus": choices.corpus.name if choices.corpus else "",
            "encoder": choices.encoder.name if choices.encoder else "",
            "classes": self.text.records(),
            "templates": self.text.templates,
            "modality": choices.modality if is_one_of_several else "",
            **options,
        }

    def test_job(self) -> ScorePrompts:
        """Return the test of what is typed."""
        return ScorePrompts(**self.inputs(ScorePrompts), searches=self.searches)

    def preview_soon(self) -> None:
        """Preview after a moment, as when something else is chosen."""
        self._pause.start()

    def preview_now(self) -> None:
        """Score again what is typed, if it can be and the corpus has vectors."""
        self._pause.stop()
        if not self._context.has_workspace or not self.is_ready:
            return
        if self.choices.vector_set is None:
            return
        job = PreviewPrompts(**self.inputs(PreviewPrompts))
        self._preview_run = self._context.runner.submit(job, owner=self)
        self.waiting.emit("")

    def test(self) -> None:
        """Run the whole test.

        Raises
        ------
        LabError
            If the workspace does not take it.
        """
        self._test_run = self._context.runner.submit(self.test_job())
        self.running.emit(self._test_run)

    def embed(self) -> str:
        """Embed what is missing of the corpus, and return the run."""
        inputs = self.inputs()
        job = EmbedCorpus(inputs["corpus"], inputs["encoder"], modality=inputs["modality"])
        self._embedding_run = self._context.runner.submit(job)
        return self._embedding_run

    def keep(self, name: str) -> None:
        """Save the last whole test under a name.

        Raises
        ------
        LabError
            If there is none, the name is taken, or the workspace cannot be written.
        """
        tested = self.last_test
        if tested is None:
            raise UsageError("Nothing is tested yet.", hint="Test first, then save.")
        ExperimentStore(self._context.workspace).save(name, PROMPTS, tested.result, tested.items)
        self._context.announce("experiments", initiator=self)

    def forget(self) -> None:
        """Drop outcomes that belong to another corpus or encoder."""
        self.outcome = self.last_test = None
        self._preview_run = ""

    # What comes back

    def _on_event(self, run_id: str, event: Event) -> None:
        if run_id not in {self._preview_run, self._test_run}:
            return
        if isinstance(event, PartialResult):
            self._items[run_id] = event.value
        elif run_id == self._preview_run and isinstance(event, JobLogged):
            self.waiting.emit(event.message)

    def _on_job_ended(self, run_id: str, event: Event) -> None:
        items = self._items.pop(run_id, {})
        if run_id == self._embedding_run and isinstance(event, JobCompleted):
            self.preview_soon()
        elif run_id == self._preview_run:
            self._end_preview(event, items)
        elif run_id == self._test_run:
            self._end_test(event, items)

    def _end_preview(self, event: Event, items: Items) -> None:
        if isinstance(event, JobCompleted):
            self.outcome = Outcome(event.result, items, is_whole=False)
            self.previewed.emit(self.outcome)
        elif isinstance(event, JobFailed):
            self.preview_failed.emit(f"{event.message} {event.hint}".strip())

    def _end_test(self, event: Event, items: Items) -> None:
        self._test_run = ""
        if isinstance(event, JobCompleted):
            self.outcome = self.last_test = Outcome(event.result, items, is_whole=True)
        self.running.emit("")
        if isinstance(event, JobCompleted):
            self.tested.emit(self.outcome)
            # The test may have embedded the corpus.
            self._context.announce("embeddings", initiator=self)
        elif isinstance(event, JobFailed):
            self.failed.emit(event)
