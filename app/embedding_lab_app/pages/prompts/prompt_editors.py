"""Where classes and templates are typed, dropped, or taken from somewhere."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QPlainTextEdit, QWidget

from embedding_lab.errors import LabError
from embedding_lab.prompts.bundled import sample_class_names, template_sets
from embedding_lab.prompts.class_list import class_of
from embedding_lab_app.pages.prompts.advanced import NUMBERS, AdvancedChoices
from embedding_lab_app.pages.prompts.prompt_sets import PromptSetsButton
from embedding_lab_app.pages.prompts.prompt_text import CLASS_COLUMNS, rows_of
from embedding_lab_app.widgets.buttons import Button, MenuButton
from embedding_lab_app.widgets.editable_rows import RowsEditor
from embedding_lab_app.widgets.field import Field
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.surfaces import Collapsible, reveal, scrolled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from embedding_lab_app.context import AppContext
    from embedding_lab_app.pages.prompts.zero_shot import Outcome, ZeroShotController

CLASS_FILES = "Classes (*.txt *.tsv *.csv *.json);;All files (*)"
TEMPLATE_FILES = "Templates (*.txt);;All files (*)"
CLASS_HELP = (
    "One class a line: its label in the data, the words for it, and perhaps a whole description. "
    "Repeat a label for further descriptions"
)
TEMPLATE_HELP = "One a line, with {} where the words for a class go"
LEAST_HEIGHT, USUAL_SHOTS = 200, 4


class PromptEditors(QWidget):
    """The table of classes and the text of templates, beside each other; the rest folded below.

    Signals
    -------
    optimizer_wanted()
        Better prompts are to be searched with a few labelled rows.
    """

    optimizer_wanted = Signal()

    def __init__(self, context: AppContext, controller: ZeroShotController) -> None:
        super().__init__()
        self._context = context
        self._controller = controller
        self.classes = RowsEditor("Classes", CLASS_COLUMNS, context.selection.undo_stack)
        self.classes.set_widths(152, 224)
        self.templates = QPlainTextEdit()
        self.templates.setTabChangesFocus(True)
        self.templates.setPlaceholderText("This text is about {}.")
        self.searches = QCheckBox("Look for a better set of templates")
        self.searches.setToolTip("Chosen on one half of the rows, told on the other half")
        self.advanced = AdvancedChoices(context)
        self.fold = Collapsible("Advanced", self.advanced)
        self._class_field = Field("Classes", self.classes, CLASS_HELP)
        self._template_field = Field("Templates", self.templates, TEMPLATE_HELP)
        for field in (self._class_field, self._template_field):
            field.layout().setStretch(1, 1)  # type: ignore[union-attr]
        self._place()
        self.classes.changed.connect(controller.take_classes)
        self.templates.textChanged.connect(self._on_templates_changed)
        self.searches.toggled.connect(self._on_searches_toggled)
        controller.text_changed.connect(self._show_errors)
        self.advanced.changed.connect(self._on_advanced_changed)
        controller.choices.changed.connect(self._on_choices_changed)
        for outcome in (controller.previewed, controller.tested):
            outcome.connect(self._on_outcome)
        controller.classes_given.connect(self._on_classes_given)
        controller.templates_given.connect(self._on_templates_given)

    def _place(self) -> None:
        act = self._try
        controller = self._controller
        self.class_menu = MenuButton("Take classes from", "Take classes from somewhere")
        self.class_menu.add("The labels of the corpus", partial(act, controller.use_labels))
        for name in sample_class_names():
            self.class_menu.add(
                f"Sample {name}, in plain words", partial(act, controller.use_bundled_classes, name)
            )
        self.class_menu.add("A file…", partial(self._choose, "Classes", CLASS_FILES))
        self.template_menu = MenuButton("Take templates from", "Take templates from somewhere")
        for name, item in template_sets().items():
            use = partial(act, controller.use_bundled_templates, name)
            title = f"{item.title} ({len(item.templates)})"
            self.template_menu.add(title, use, item.summary)
        self.template_menu.add("A file…", partial(self._choose, "Templates", TEMPLATE_FILES))
        left = column(self._class_field, row(self.class_menu, None))
        right = column(self._template_field, row(self.template_menu, None))
        for side in (left, right):
            side.setStretch(0, 1)
        sides = row(left, right, spacing=12)
        sides.setStretch(0, 3)
        sides.setStretch(1, 2)
        self.optimize_button = Button("Search for better prompts…", self.optimizer_wanted.emit)
        self.sets_button = PromptSetsButton(self._context, controller)
        self.sets_button.prompts_wanted.connect(self._on_prompts_wanted)
        foot = row(self.searches, None, self.sets_button, self.optimize_button)
        both = boxed(sides)
        both.setMinimumHeight(LEAST_HEIGHT)
        content = QWidget()
        layout = column(both, foot, self.fold, margins=(0, 12, 8, 0))
        layout.setStretch(0, 1)
        content.setLayout(layout)
        self._area = scrolled(content)
        self.setLayout(column(self._area))
        self.fold.unfolded.connect(self._on_unfolded)

    def show_templates(self, text: str) -> None:
        """Put other templates there; the step can be undone in the editor."""
        cursor = self.templates.textCursor()
        cursor.select(cursor.SelectionType.Document)
        cursor.insertText(text)

    def show_prompts(self, classes: Iterable[Any], templates: Iterable[str], what: str) -> None:
        """Put other classes and templates there; ``what`` names the step for Undo."""
        self.classes.rows.change(rows_of(map(class_of, classes)), what)
        self.show_templates("\n".join(templates))

    def show_examples(self) -> None:
        """Unfold where examples of each class are asked for, and ask for some."""
        self.fold.unfold()
        if "shots" not in self.advanced.values():
            values = self.advanced.values() | {"shots": USUAL_SHOTS}
            self.advanced.show_values(values)
        self.advanced.form.fields[NUMBERS["shots"].name].input.setFocus()

    def take_file(self, path: Path) -> None:
        """Take a dropped file, and say what is wrong with it if something is."""
        self._try(self._controller.read_file, path)

    def _choose(self, what: str, name_filter: str) -> None:
        read = {
            "Classes": self._controller.read_class_file,
            "Templates": self._controller.read_template_file,
        }[what]
        for path in self._context.asker.files(f"{what} from a file", name_filter)[:1]:
            self._try(read, path)

    def _try(self, act: Callable[..., object], *arguments: object) -> None:
        try:
            act(*arguments)
        except LabError as error:
            self._context.notices.error(error)

    def _show_errors(self) -> None:
        text = self._controller.text
        self._class_field.set_error(text.class_error)
        self._template_field.set_error(text.template_error)

    def _on_templates_changed(self) -> None:
        self._controller.take_templates(self.templates.toPlainText())

    def _on_searches_toggled(self, is_wanted: bool) -> None:
        self._controller.searches = is_wanted

    def _on_advanced_changed(self) -> None:
        self._controller.take_options(self.advanced.values(), self.advanced.error)
        n_chosen = len(self._controller.options)
        told = "something is wrong" if self.advanced.error else f"{n_chosen} chosen"
        is_usual = not n_chosen and not self.advanced.error
        self.fold.rename("Advanced" if is_usual else f"Advanced ({told})")

    def _on_unfolded(self) -> None:
        reveal(self._area, self.fold)

    def _on_choices_changed(self) -> None:
        choices = self._controller.choices
        self.advanced.offer(choices.corpus, choices.corpora)

    def _on_outcome(self, outcome: Outcome) -> None:
        self.advanced.tell(outcome.result)

    def _on_classes_given(self, rows: list[tuple[str, ...]]) -> None:
        self.classes.rows.change(rows, "change of classes")

    def _on_prompts_wanted(self, prompt_set: dict[str, Any]) -> None:
        self.show_prompts(prompt_set["classes"], prompt_set["templates"], "prompt set")

    def _on_templates_given(self, text: str) -> None:
        self.show_templates(text)
