"""One method: its card, laid out to be read, with values to choose."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from embedding_lab.manual.method_pages import method_page_name
from embedding_lab.registry.registry import family_title
from embedding_lab_app.forms.parameter_form import ParameterForm
from embedding_lab_app.pages.methods.controller import as_command, as_python
from embedding_lab_app.pages.methods.parameter_list import ParameterList
from embedding_lab_app.pages.methods.results_view import results_card
from embedding_lab_app.widgets.buttons import Button, CopyAsButton
from embedding_lab_app.widgets.labels import ElidedLabel, Label
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.manual_place import ManualLink, explain
from embedding_lab_app.widgets.surfaces import Banner, Card, scrolled

if TYPE_CHECKING:
    from embedding_lab.registry.card import Card as MethodCard
    from embedding_lab_app.theme import Theme


class MethodView(QWidget):
    """The card of a method.

    Signals
    -------
    run_wanted()
        Open the page that runs the method, with the chosen values.
    other_wanted(method_id)
        Show the method that supersedes this one.
    manual_wanted(place)
        Open the manual at the page of this method.
    """

    run_wanted = Signal()
    other_wanted = Signal(str)
    manual_wanted = Signal(str)

    def __init__(self, theme: Theme, card: MethodCard, page_title: str) -> None:
        super().__init__()
        self.card = card
        self.copy_as = CopyAsButton()
        self.copy_as.setToolTip(
            "Copy what makes this method as Python, or the command that shows it"
        )
        self.run_button = Button(f"Open in {page_title}", self.run_wanted.emit, "primary")
        self.banner = Banner()
        # A method without parameters has a form that stands nowhere.
        self.form = ParameterForm(card.parameters, self)
        self.form.setVisible(bool(card.parameters))
        self.form.changed.connect(self._show_choices)
        self.manual_link = ManualLink(self.manual_wanted.emit, f"{card.title} in the manual")
        explain(method_page_name(card.id), self)
        top = row(ElidedLabel(card.title, "title"), self.manual_link, self.copy_as, self.run_button)
        top.setStretch(0, 1)
        content = QWidget()
        content.setLayout(
            column(
                boxed(top),
                Label(self._line(), "muted"),
                self._idea(),
                results_card(theme, card.results),
                *self._parameters(),
                None,
                spacing=12,
                margins=(24, 16, 24, 16),
            )
        )
        layout = column(self.banner, scrolled(content), spacing=0)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self.run_button.setVisible(bool(page_title))
        if card.superseded_by:
            show = partial(self.other_wanted.emit, card.superseded_by)
            self.banner.say("A newer method does the same better.", ("Show it", show))
        self._show_choices()

    def _line(self) -> str:
        needs = ", ".join(self.card.requires)
        return f"{family_title(self.card.family)} · {self.card.id}" + (
            f" · needs {needs}" if needs else ""
        )

    def _idea(self) -> Card:
        inputs = "\n".join(f"• {item}" for item in self.card.inputs)
        parts = (
            ("Idea", self.card.summary),
            ("When to use it", self.card.when_to_use),
            ("What it needs", inputs),
            ("Source", str(self.card.paper)),
        )
        blocks = [
            boxed(
                column(Label(name, "field"), Label(text, wraps=True).make_selectable(), spacing=4)
            )
            for name, text in parts
        ]
        return Card("", *blocks)

    def _parameters(self) -> list[Card]:
        if not self.card.parameters:
            return []
        listed = ParameterList(self.card.parameters)
        return [Card("Parameters", listed), Card("Choose values", self.form)]

    def _show_choices(self) -> None:
        is_valid = self.form.is_valid
        self.run_button.setEnabled(is_valid)
        python = as_python(self.card, self.form.chosen()) if is_valid else ""
        self.copy_as.offer(python=python, command=as_command(self.card))
