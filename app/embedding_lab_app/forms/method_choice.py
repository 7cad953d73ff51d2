"""Choosing a method of a family and the values of its parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal

from embedding_lab.errors import LabError
from embedding_lab.manual.method_pages import method_page_name
from embedding_lab.registry.registry import Registry
from embedding_lab_app.forms.parameter_form import ParameterForm
from embedding_lab_app.widgets.choice_box import ChoiceBox
from embedding_lab_app.widgets.field import Field
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.manual_place import ManualLink, explain
from embedding_lab_app.widgets.surfaces import Card as CardSurface

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from embedding_lab.registry.card import Card
    from embedding_lab.registry.parameter import Value


def method_cards(family: str) -> list[Card]:
    """Return the cards of a family; none if they cannot be read."""
    try:
        return Registry().list(family)
    except LabError:
        return []


class MethodChoice(CardSurface):
    """A list of methods; below it what the chosen one does, and its form.

    Signals
    -------
    changed()
        Another method is chosen, or another value.
    """

    changed = Signal()

    def __init__(
        self,
        title: str,
        help_text: str,
        cards: Sequence[Card],
        open_manual: Callable[[str], object],
    ) -> None:
        self.cards = {card.id: card for card in cards}
        self.method = ChoiceBox(16)
        self.method.offer((card.title, card.id) for card in cards)
        self.field = Field(title, self.method, help_text)
        self.summary = Label("", "muted", wraps=True)
        self.manual_link = ManualLink(open_manual, f"{title} in the manual")
        self.form = ParameterForm(())
        self._form_place = column(self.form)
        link = boxed(row(self.manual_link, None))
        super().__init__("", self.field, self.summary, link, self._form_place, None)
        self.method.activated.connect(self._on_method_activated)
        self._show_form()

    @property
    def card(self) -> Card | None:
        """The card of the chosen method; ``None`` if there is none."""
        return self.cards.get(self.method.chosen)

    @property
    def is_valid(self) -> bool:
        """Whether a method is chosen and every value is one it takes."""
        return self.card is not None and self.form.is_valid

    def chosen(self) -> dict[str, Value]:
        """Return the values that are not the defaults."""
        return self.form.chosen()

    def choose(self, method: str, values: Mapping[str, Any] | None = None) -> None:
        """Choose a method and put values into its form; an unknown one is ignored."""
        if method in self.cards:
            self.method.choose(method)
            self._show_form()
            self.form.show_values(values or {})
            self.changed.emit()

    def _on_method_activated(self, _index: int) -> None:
        self._show_form()
        self.changed.emit()

    def _show_form(self) -> None:
        card = self.card
        self.summary.setText(card.summary if card else "")
        explain(method_page_name(card.id) if card else "", self)
        old, self.form = self.form, ParameterForm(card.parameters if card else ())
        self._form_place.replaceWidget(old, self.form)
        self.form.setVisible(bool(self.form.fields))
        old.hide()
        old.deleteLater()
        self.form.changed.connect(self.changed)
