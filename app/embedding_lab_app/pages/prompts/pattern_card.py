"""One prompt pattern: what it is, its slots to fill in, the prompt, and what to do with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from embedding_lab.prompts.pattern_file import CLASS, has_templates, templates_of
from embedding_lab.prompts.patterns import BEYOND_ENCODERS, render_pattern
from embedding_lab_app.widgets.buttons import Button
from embedding_lab_app.widgets.field import Field
from embedding_lab_app.widgets.key_value_list import KeyValueList
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.surfaces import Card, scrolled

if TYPE_CHECKING:
    from embedding_lab.prompts.patterns import Pattern

# What the page can do with each use: the words of the button, and what it brings.
ACTS = {
    "ensemble": ("Use these templates", "Its templates stand in the editor, ready to be tested."),
    "few_shot_mix": (
        "Try some examples",
        "A few labelled rows are held out, and their mean is mixed into the words of each class.",
    ),
    "vote": ("Let the templates vote", "Every template gives its class; the most frequent counts."),
    "calibrate": (
        "Calibrate by the pool",
        "What a class scores on average over unlabelled rows is taken off.",
    ),
    "search_templates": (
        "Search templates",
        "A method searches the templates in the editor on a few labelled rows.",
    ),
}
ELSEWHERE = {
    "rewrite_query": "With an encoder: search with the text it gives, or with both, and compare.",
    "retrieve_then_ask": "With an encoder: its search finds the documents that go in here.",
    "decompose": "With an encoder: the parts are embedded one by one, and put together.",
    "none": "With an encoder: nothing, because it writes no text.",
}
STEP_RULE = "\n\n———\n\n"


class PatternCard(QWidget):
    """A pattern, laid out to be read.

    Signals
    -------
    use_wanted(embedding_use, templates)
        Try what it becomes with an encoder.
    copy_wanted(text), delete_wanted()
        Copy the prompt as it is filled in; delete the pattern.
    """

    use_wanted = Signal(str, object)
    copy_wanted = Signal(str)
    delete_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._pattern: Pattern | None = None
        self._slots: dict[str, QLineEdit] = {}
        self.title = Label("", "heading", wraps=True)
        self.idea = Label("", wraps=True).make_selectable()
        self.use = Label("", "muted", wraps=True)
        self.facts = KeyValueList()
        self.prompt = Label("", wraps=True).make_selectable()
        self._fields: QVBoxLayout = column()
        self.slots_card = Card("Fill in", self._fields)
        self.use_button = Button("", self._use, kind="primary")
        self.copy_button = Button("Copy", self._copy)
        self.delete_button = Button("Delete…", self.delete_wanted.emit)
        acts = boxed(row(self.use_button, self.copy_button, self.delete_button, None))
        content = QWidget()
        content.setLayout(
            column(
                self.title, self.idea, acts, self.use,
                Card("Prompt", self.prompt), self.slots_card, Card("", self.facts), None,
                spacing=12, margins=(12, 4, 8, 12),
            )
        )  # fmt: skip
        self.setLayout(column(scrolled(content)))

    def show_pattern(self, pattern: Pattern, *, is_own: bool) -> None:
        """Show another pattern."""
        self._pattern = pattern
        self.title.setText(pattern.title)
        self.idea.setText(pattern.idea)
        act, told = ACTS.get(pattern.embedding_use, ("", ""))
        self.use_button.setText(act)
        self.use_button.setVisible(bool(act))
        beyond = [need for need in pattern.needs if need in BEYOND_ENCODERS]
        needs = f" Its text is for a language model{' with tools' if 'tool' in beyond else ''}."
        told = told or ELSEWHERE[pattern.embedding_use]
        self.use.setText(told + (needs if beyond else ""))
        self.delete_button.setVisible(is_own)
        self.facts.show_pairs(
            (
                ("From", f"{pattern.area}, {pattern.year}"),
                ("Needs", ", ".join(pattern.needs)),
                ("Calls for each item", f"{pattern.cost:,}"),
                ("Limits", pattern.limits),
                ("Source", pattern.source),
            )
        )
        self._show_slots(pattern)
        self._show_prompt()

    def _show_slots(self, pattern: Pattern) -> None:
        while (item := self._fields.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._slots = {}
        for slot in pattern.slots:
            if slot.kind == CLASS and has_templates(pattern):
                continue
            line = QLineEdit()
            line.setPlaceholderText(slot.default or slot.help)
            line.textChanged.connect(self._show_prompt)
            self._slots[slot.name] = line
            name = slot.name.replace("_", " ").capitalize()
            title = name if slot.required else f"{name} (may be left out)"
            self._fields.addWidget(Field(title, line, slot.help))
        self.slots_card.setVisible(bool(self._slots))

    def _values(self) -> dict[str, str]:
        return {name: line.text() for name, line in self._slots.items() if line.text()}

    def _show_prompt(self, _now: str = "") -> None:
        pattern = self._pattern
        if pattern is None:
            return
        # What is not filled in yet is seen as its mark.
        marks = {slot.name: f"{{{slot.name}}}" for slot in pattern.slots if slot.required}
        values = self._values()
        if has_templates(pattern):
            self.prompt.setText("\n".join(templates_of(pattern, marks | values)))
            asked = [slot.name for slot in pattern.slots if slot.required and slot.kind != CLASS]
            self.use_button.setEnabled(all(name in values for name in asked))
            return
        steps = render_pattern(pattern, marks | values)
        self.prompt.setText(STEP_RULE.join(step.text for step in steps))
        self.use_button.setEnabled(True)

    def _use(self) -> None:
        if self._pattern is None:
            return
        is_template = has_templates(self._pattern)
        templates = templates_of(self._pattern, self._values()) if is_template else ()
        self.use_wanted.emit(self._pattern.embedding_use, templates)

    def _copy(self) -> None:
        self.copy_wanted.emit(self.prompt.text())
