"""Embedding prompts: choosing and editing one, what an encoder reads, which is best."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QCheckBox, QLineEdit, QVBoxLayout, QWidget

from embedding_lab.errors import LabError
from embedding_lab_app.forms.reading_fields import ReadingFields
from embedding_lab_app.pages.prompts.embedding_results import EmbeddingResults
from embedding_lab_app.pages.prompts.inner_view import InnerView
from embedding_lab_app.pages.prompts.token_view import TokenView
from embedding_lab_app.pages.prompts.turn_editors import SIDES, TurnEditors
from embedding_lab_app.widgets.buttons import Button
from embedding_lab_app.widgets.choice_box import ChoiceBox
from embedding_lab_app.widgets.field import Field, NumberField
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.surfaces import Card, scrolled

if TYPE_CHECKING:
    from embedding_lab_app.context import AppContext
    from embedding_lab_app.pages.prompts.embedding import EmbeddingPromptsController
    from embedding_lab_app.pages.prompts.inner import InnerController

MOST_NEIGHBOURS = 100
NOT_SHOWN = "Press “Show” to see what the encoder reads, token by token."


class EmbeddingPromptsView(QWidget):
    """A scrolled column: the prompt, its texts, what is read, the comparison."""

    def __init__(
        self,
        context: AppContext,
        controller: EmbeddingPromptsController,
        inner: InnerController,
    ) -> None:
        super().__init__()
        self._context = context
        self._controller = controller
        self.prompt = ChoiceBox()
        self.save_button = Button("Save as…", self._save)
        self.delete_button = Button("Delete", self._delete, kind="danger")
        self.editors = TurnEditors()
        self.text = QLineEdit(controller.text)
        self.has_image = QCheckBox("With a picture")
        self.show_button = Button("Show", controller.preview)
        self.views = {
            side: TokenView(context.theme, f"{title}: the prompt token by token")
            for side, title in SIDES.items()
        }
        self.facts = {side: Label(NOT_SHOWN, "small", wraps=True) for side in SIDES}
        self.k = NumberField(1, MOST_NEIGHBOURS)
        neighbours = Field("Neighbours", self.k, "How many nearest rows say the label of a row")
        self.reading = ReadingFields(neighbours)
        self._checks: QVBoxLayout = column(spacing=4)
        self.inner = InnerView(context, inner)
        self.results = EmbeddingResults(context)
        self.results.hide()
        self._place()
        self._connect()
        self._show_prompts()

    def _place(self) -> None:
        named = row(
            Field("Prompt", self.prompt, "A preset, or one of the workspace's own"),
            column(None, row(self.save_button, self.delete_button)),
            spacing=12,
        )
        named.setStretch(0, 1)
        tried = row(
            Field("Try it on", self.text, "Any text; one that is too long is cut at its end"),
            column(None, row(self.has_image, self.show_button, spacing=12)),
            spacing=12,
        )
        tried.setStretch(0, 1)
        sides = row(
            *(
                column(Label(title, "field"), self.views[side], self.facts[side], spacing=4)
                for side, title in SIDES.items()
            ),
            spacing=12,
        )
        for place in range(len(SIDES)):
            sides.setStretch(place, 1)
        content = QWidget()
        content.setLayout(
            column(
                boxed(named),
                self.editors,
                Card("What the encoder reads", tried, sides),
                Card("What is compared", self._checks, self.reading),
                self.results,
                self.inner,
                None,
                spacing=12,
                margins=(0, 4, 8, 12),
            )
        )
        self.setLayout(column(scrolled(content)))

    def _connect(self) -> None:
        controller = self._controller
        self.prompt.activated.connect(self._on_prompt_activated)
        self.editors.changed.connect(controller.edit)
        self.text.textEdited.connect(self._on_option_changed)
        self.has_image.toggled.connect(self._on_option_changed)
        self.reading.changed.connect(self._on_option_changed)
        self.k.valueChanged.connect(self._on_option_changed)
        controller.prompts_changed.connect(self._show_prompts)
        controller.changed.connect(self._show_state)
        controller.previewed.connect(self._on_previewed)
        controller.preview_failed.connect(self._on_preview_failed)
        controller.compared.connect(self._on_compared)

    def clear_result(self) -> None:
        """Put away what belongs to another corpus."""
        self.results.hide()
        self.inner.clear()

    # Showing

    def _show_prompts(self) -> None:
        controller = self._controller
        self.prompt.offer((name, name) for name in controller.prompts)
        self.prompt.choose(controller.name)
        self.editors.show_texts(controller.texts)
        self._show_checks()
        self._show_state()

    def _show_checks(self) -> None:
        while (item := self._checks.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for name in self._controller.prompts:
            check = QCheckBox(name)
            check.setChecked(name not in self._controller.left_out)
            check.toggled.connect(partial(self._on_check_toggled, name))
            self._checks.addWidget(check)
        self.edited = QCheckBox("As edited above")
        self.edited.setEnabled(False)
        self._checks.addWidget(self.edited)

    def _show_state(self) -> None:
        controller = self._controller
        why_not = self._context.workspace.why_read_only if self._context.has_workspace else ""
        self.edited.setVisible(controller.is_edited)
        self.edited.setChecked(controller.is_edited)
        self.save_button.setEnabled(not why_not)
        self.save_button.setToolTip(why_not or "Keep these texts in the workspace under a name")
        self.delete_button.setVisible(controller.is_own)
        self.delete_button.setEnabled(not why_not)
        self.inner.show_ready()

    # Acts

    def _on_prompt_activated(self, _index: int) -> None:
        self._controller.choose(self.prompt.chosen)

    def _on_option_changed(self, _value: object = None) -> None:
        self._controller.set_options(
            text=self.text.text(),
            has_image=self.has_image.isChecked(),
            pooling=self.reading.pooling.chosen,
            layer=self.reading.layer.value(),
            k=self.k.value(),
        )

    def _on_check_toggled(self, name: str, is_on: bool) -> None:
        self._controller.leave_out(name, is_left_out=not is_on)

    def _save(self) -> None:
        controller = self._controller
        name = self._context.asker.text(
            "Save the embedding prompt", "Name", controller.name if controller.is_own else ""
        )
        if not name:
            return
        try:
            controller.save(name)
        except LabError as error:
            self._context.notices.error(error)

    def _delete(self) -> None:
        try:
            self._controller.delete()
        except LabError as error:
            self._context.notices.error(error)

    # Answers

    def _on_previewed(self, side: str, result: dict[str, Any]) -> None:
        self.views[side].show_result(result)
        self.facts[side].setText(facts_of(result))

    def _on_preview_failed(self, side: str, sentence: str) -> None:
        self.views[side].show_sentence(sentence)
        self.facts[side].setText("" if sentence else NOT_SHOWN)

    def _on_compared(self, result: dict[str, Any]) -> None:
        self.results.show_result(result)
        self.results.show()


def facts_of(result: dict[str, Any]) -> str:
    """Return what is told of a prompt below its tokens."""
    place, n = result["pooled_index"], result["n_tokens"]
    pooled = "the mean of all" if place is None else f"token {place + 1:,} of {n:,}"
    parts = [f"{n:,} tokens; the vector is {pooled}", f"Chat form: {result['chat_form']}"]
    if result["cut"]:
        parts.append(f"{len(result['cut']):,} characters of the text do not fit and are cut")
    return f"{'. '.join(parts)}. {result['note']}".strip()
