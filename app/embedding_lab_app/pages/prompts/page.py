"""The Prompts page: choose, type, test; zero-shot classes, retrieval instructions, saved tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtWidgets import QComboBox, QStackedWidget, QWidget

from embedding_lab import resources
from embedding_lab.errors import LabError
from embedding_lab.prompts.class_list import class_of
from embedding_lab_app.jobs.job_card import JobCard
from embedding_lab_app.pages.base import Page
from embedding_lab_app.pages.prompts import copy_as
from embedding_lab_app.pages.prompts.bench_view import BenchView
from embedding_lab_app.pages.prompts.choices import PromptChoices
from embedding_lab_app.pages.prompts.experiments import ExperimentsController
from embedding_lab_app.pages.prompts.experiments_view import ExperimentsView
from embedding_lab_app.pages.prompts.instructions import InstructionsController
from embedding_lab_app.pages.prompts.instructions_view import InstructionsView
from embedding_lab_app.pages.prompts.optimizer import OptimizerController
from embedding_lab_app.pages.prompts.prompt_text import rows_of
from embedding_lab_app.pages.prompts.zero_shot import ZeroShotController
from embedding_lab_app.widgets.buttons import Button, CopyAsButton
from embedding_lab_app.widgets.field import Field
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.row_inspector import RowInspector
from embedding_lab_app.widgets.segments import Segments
from embedding_lab_app.widgets.surfaces import Banner, EmptyState, ErrorBox
from embedding_lab_app.widgets.wording import count

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from embedding_lab.jobs.events import JobFailed
    from embedding_lab_app.context import AppContext

SEGMENTS = {"zero-shot": "Zero-shot", "instructions": "Instructions", "saved": "Saved"}
MODALITIES = {"text": "Texts", "image": "Pictures", "image+text": "Both"}
FIRST_TEMPLATES = "{}\nThis text is about {}."
SAMPLE = "samples/python-library"
LISTS = {".txt", ".tsv", ".csv", ".json"}
MOST_LIST_BYTES = 200_000


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
        self.experiments = ExperimentsController(context, self)
        self.optimizer = OptimizerController(context, self.zero_shot, self)
        self._row_inspector = RowInspector()
        self._shown_corpus = ""
        self._run_id = ""
        self._build()
        self._connect()
        self.bench.editors.show_templates(FIRST_TEMPLATES)
        self.choices.reload()
        self.experiments.reload()

    # Building

    def _build(self) -> None:
        context = self.context
        self.segments = Segments("What to test", SEGMENTS)
        self.copy_as = CopyAsButton()
        self.save_button = Button("Save…", self._save)
        self.test_button = Button("Test", self._test, kind="primary")
        self.corpus, self.encoder, self.modality = (_combo() for _ in range(3))
        self._modality_field = Field("Classified", self.modality, "What of a row is classified")
        self.banner = Banner()
        self.error = ErrorBox()
        self.job_card = JobCard(context.runner)
        self.empty = EmptyState("", "")
        self.bench = BenchView(context, self.zero_shot, self.optimizer)
        self.instructions_view = InstructionsView(context, self.instructions)
        self.experiments_view = ExperimentsView(context, self.experiments)
        self.stack = QStackedWidget()
        for widget in (self.empty, self.bench, self.instructions_view, self.experiments_view):
            self.stack.addWidget(widget)
        top = row(self.segments, None, self.copy_as, self.save_button, self.test_button)
        fields = row(
            Field("Corpus", self.corpus, "Whose labelled rows, or judged queries"),
            Field("Encoder", self.encoder, "Whose vectors are compared"),
            self._modality_field,
            spacing=12,
        )
        for place in range(3):
            fields.setStretch(place, 1)
        self._fields = boxed(fields)
        inner = column(
            boxed(top), self._fields, self.error, self.job_card, self.stack, spacing=12, margins=16
        )
        inner.setStretch(4, 1)
        layout = column(self.banner, boxed(inner), spacing=0)
        layout.setStretch(1, 1)
        self.setLayout(layout)

    def _connect(self) -> None:
        self.segments.chosen.connect(self._show_state)
        self.corpus.activated.connect(self._on_corpus_activated)
        self.encoder.activated.connect(self._on_encoder_activated)
        self.modality.activated.connect(self._on_modality_activated)
        self.choices.changed.connect(self._on_choices_changed)
        zero_shot, instructions = self.zero_shot, self.instructions
        zero_shot.text_changed.connect(self._show_acts)
        instructions.changed.connect(self._show_acts)
        for controller in (zero_shot, instructions):
            controller.running.connect(self._on_running)
            controller.failed.connect(self._on_failed)
        self.experiments_view.chosen_changed.connect(self._show_acts)
        self.experiments_view.prompts_wanted.connect(self._edit_saved)
        self.bench.optimizer.prompts_wanted.connect(self._edit_found)
        for view in (self.bench, self.experiments_view):
            view.row_chosen.connect(self._on_row_chosen)
        self._row_inspector.like_wanted.connect(self._on_like_wanted)

    # What the window asks of a page

    def inspector(self) -> QWidget:
        """Return the whole row beside the results."""
        return self._row_inspector

    def open_with(self, arguments: dict[str, Any]) -> None:
        """Test a ``corpus`` with an ``encoder``, show a ``segment``, or search by a ``method``."""
        self.segments.choose(str(arguments.get("segment", self.segments.current)))
        if "corpus" in arguments:
            self.choices.choose(str(arguments["corpus"]), arguments.get("encoder"))
        if "method" in arguments:
            self.segments.choose("zero-shot")
            self.bench.optimizer.show_method(
                str(arguments["method"]), arguments.get("parameters", {})
            )
            self.bench.show_optimizer()

    def take_drop(self, paths: list[Path]) -> bool:
        """Take a list of classes, templates or instructions; leave larger files to the window."""
        is_list = len(paths) == 1 and _is_list(paths[0])
        part = self.segments.current
        if not is_list or self.choices.corpus is None or part == "saved":
            return False
        if part == "instructions":
            self.instructions_view.take_file(paths[0])
        else:
            self.bench.show_part("prompts")
            self.bench.editors.take_file(paths[0])
        return True

    def save_state(self) -> dict[str, Any]:
        """Return what was chosen and typed."""
        choices = self.choices
        return {
            "corpus": choices.corpus.id if choices.corpus else "",
            "encoder": choices.encoder.id if choices.encoder else "",
            "modality": choices.modality,
            "segment": self.segments.current,
            "classes": [list(item) for item in self.bench.editors.classes.rows.rows],
            "templates": self.bench.editors.templates.toPlainText(),
            "instructions": [list(item) for item in self.instructions_view.editor.rows.rows],
        }

    def restore_state(self, state: dict[str, Any]) -> None:
        """Show again what was chosen and typed, without testing anything."""
        if state.get("corpus") not in {corpus.id for corpus in self.choices.corpora}:
            return
        self.choices.choose(
            str(state["corpus"]), str(state.get("encoder", "")), str(state.get("modality", ""))
        )
        self.segments.choose(str(state.get("segment", "")))
        self.bench.editors.templates.setPlainText(str(state.get("templates", FIRST_TEMPLATES)))
        self.bench.editors.classes.rows.show_rows(_rows(state.get("classes")))
        self.instructions_view.editor.rows.show_rows(_rows(state.get("instructions")))

    # States

    def _on_choices_changed(self) -> None:
        choices = self.choices
        corpus, encoder = choices.corpus, choices.encoder
        _fill(
            self.corpus, [(it.name, it.id) for it in choices.corpora], corpus.id if corpus else ""
        )
        _fill(
            self.encoder,
            [(it.name, it.id) for it in choices.encoders],
            encoder.id if encoder else "",
        )
        titles = [(MODALITIES[item], item) for item in choices.modalities]
        _fill(self.modality, titles, choices.modality)
        self._modality_field.setVisible(len(titles) > 1)
        if corpus is not None and corpus.id != self._shown_corpus:
            self._shown_corpus = corpus.id
            self._start_anew()
        self._show_state()

    def _start_anew(self) -> None:
        """Name the classes by the labels of another corpus, and put old figures away."""
        self.zero_shot.forget()
        self.bench.clear(self.test_button.text())
        self.instructions_view.clear_result()
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
        self._fields.setVisible(part != "saved" and corpus is not None)
        self._show_acts()
        self._show_banner()
        if part == "saved":
            self.stack.setCurrentWidget(self.experiments_view)
        elif self._show_nothing_to_test():
            self.stack.setCurrentWidget(self.empty)
        else:
            is_zero_shot = part == "zero-shot"
            self.stack.setCurrentWidget(self.bench if is_zero_shot else self.instructions_view)

    def _show_nothing_to_test(self) -> bool:
        corpus = self.choices.corpus
        if corpus is None:
            self.empty.say(
                "Nothing to test yet",
                "Prompts are tested on rows with labels. The sample has some, and works offline.",
            )
            self.empty.set_actions(
                ("Open the sample Python library", self._open_sample),
                ("Go to Corpora", self._go_to_corpora),
            )
            return True
        if self.segments.current == "zero-shot" and not corpus.has_labels:
            self.empty.say(
                f"{corpus.name} has no labels",
                "Choose a corpus with a label column, or import this one again with that role.",
            )
            self.empty.set_actions(("Go to Corpora", self._go_to_corpora))
            return True
        if self.segments.current == "instructions" and not corpus.splits:
            self.empty.say(
                f"{corpus.name} has no judged queries",
                "Instructions are compared on queries whose answers are known. Choose a corpus "
                "in the BEIR layout, such as the sample Python library.",
            )
            self.empty.set_actions(("Open the sample Python library", self._open_sample))
            return True
        return False

    def _show_banner(self) -> None:
        choices, part = self.choices, self.segments.current
        corpus, encoder = choices.corpus, choices.encoder
        is_missing = corpus is not None and encoder is not None and choices.vector_set is None
        if part != "zero-shot" or not is_missing or not corpus.has_labels:  # type: ignore[union-attr]
            self.banner.say("")
            return
        self.banner.say(
            f"{corpus.name} is not embedded with {encoder.name} yet.",  # type: ignore[union-attr]
            (f"Embed {count(choices.n_missing, 'row')}", self._embed),
        )

    def _show_acts(self) -> None:
        part, choices = self.segments.current, self.choices
        is_idle = not self._run_id
        has_both = choices.corpus is not None and choices.encoder is not None
        self.test_button.setVisible(part != "saved")
        self.save_button.setVisible(part != "saved")
        is_ready = False
        if part == "zero-shot":
            n_rows = self._n_tested()
            self.test_button.setText(f"Test {count(n_rows, 'row')}" if n_rows else "Test")
            is_ready = self.zero_shot.is_ready and choices.corpus is not None
        elif part == "instructions":
            n_judged = self.instructions.n_judged()
            self.test_button.setText(f"Test {count(n_judged, 'query', 'queries')}")
            is_ready = has_both and n_judged > 0 and not self.instructions.error
        self.test_button.setEnabled(is_ready and is_idle)
        why_not = self.context.workspace.why_read_only if self.context.has_workspace else ""
        self.save_button.setEnabled(is_ready and is_idle and not why_not)
        self.save_button.setToolTip(
            why_not or "Test, and keep figures and predictions under a name"
        )
        self.bench.optimizer.show_ready(is_ready=part == "zero-shot" and is_ready)
        self._offer_copies(is_ready)

    def _n_tested(self) -> int:
        """Return how many rows have a vector; all of them where a test embeds them first."""
        choices = self.choices
        if choices.vector_set is not None:
            return choices.vector_set.n_rows
        return choices.corpus.n_rows if choices.corpus is not None else 0

    def _offer_copies(self, is_ready: bool) -> None:
        folder, part = self.context.workspace.folder, self.segments.current
        pair = self.experiments_view.pair
        python = command = ""
        if part == "zero-shot" and is_ready:
            job = self.zero_shot.test_job()
            python = copy_as.test_as_python(folder, job)
            command = copy_as.test_as_command(folder, job)
        elif part == "instructions" and is_ready:
            compared = self.instructions.job()
            python = copy_as.instructions_as_python(folder, compared)
            command = copy_as.instructions_as_command(folder, compared)
        elif part == "saved" and pair is not None:
            python = copy_as.comparison_as_python(folder, *pair)
            command = copy_as.comparison_as_command(folder, *pair)
        self.copy_as.offer(python=python, command=command)

    # Acts

    def _test(self) -> None:
        self._run("")

    def _save(self) -> None:
        name = self.context.asker.text("Save the test", "Name of the test")
        if name:
            self._run(name)

    def _run(self, save: str) -> None:
        self.error.say("")
        try:
            if self.segments.current == "instructions":
                self.instructions.compare(save)
            else:
                self.zero_shot.test(save)
        except LabError as error:
            self.error.say(error.message, error.hint)

    def _embed(self) -> None:
        try:
            self.job_card.follow(self.zero_shot.embed())
        except LabError as error:
            self.context.notices.error(error)

    def _edit_saved(self, name: str) -> None:
        """Put the prompts of a saved test into the editors, on its corpus if that is there."""
        try:
            result = self.experiments.result(name)
        except LabError as error:
            self.context.notices.error(error)
            return
        self.segments.choose("zero-shot")
        self.choices.choose(result["corpus_id"])
        templates = [item["template"] for item in result["templates"]]
        self._edit(result["classes"], templates, f"prompts of {name}")

    def _edit_found(self, prompt_set: dict[str, Any]) -> None:
        self._edit(prompt_set["classes"], prompt_set["templates"], "prompts that were found")

    def _edit(self, classes: Sequence[Any], templates: Sequence[str], what: str) -> None:
        editors = self.bench.editors
        editors.classes.rows.change(rows_of(map(class_of, classes)), what)
        editors.show_templates("\n".join(templates))
        self.bench.show_editors()

    def _open_sample(self) -> None:
        self.context.drop([resources.path(SAMPLE)])

    def _go_to_corpora(self) -> None:
        self.context.navigate("corpora")

    # Answers

    def _on_corpus_activated(self, _index: int) -> None:
        self.choices.choose(self.corpus.currentData())
        self.zero_shot.preview_soon()

    def _on_encoder_activated(self, _index: int) -> None:
        self.choices.choose(encoder_id=self.encoder.currentData())
        self._start_with_other_vectors()

    def _on_modality_activated(self, _index: int) -> None:
        self.choices.choose(modality=self.modality.currentData())
        self._start_with_other_vectors()

    def _start_with_other_vectors(self) -> None:
        self.zero_shot.forget()
        self.bench.clear(self.test_button.text())
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


def _combo() -> QComboBox:
    combo = QComboBox()
    combo.setMinimumContentsLength(5)
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    return combo


def _fill(combo: QComboBox, items: Sequence[tuple[str, str]], chosen: str) -> None:
    combo.blockSignals(True)
    combo.clear()
    for title, data in items:
        combo.addItem(title, data)
    combo.setCurrentIndex(combo.findData(chosen))
    combo.blockSignals(False)


def _rows(saved: object) -> list[tuple[str, ...]]:
    """Return rows as they were saved; whatever is no row is left out."""
    if not isinstance(saved, list):
        return []
    return [tuple(str(cell) for cell in item) for item in saved if isinstance(item, list)]


def _is_list(path: Path) -> bool:
    if path.suffix.lower() not in LISTS or not path.is_file():
        return False
    return path.stat().st_size <= MOST_LIST_BYTES
