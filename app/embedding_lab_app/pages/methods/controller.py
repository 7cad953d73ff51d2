"""Which methods there are, which fit what was typed, and which is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from embedding_lab.errors import LabError
from embedding_lab.registry.registry import Registry, family_title

if TYPE_CHECKING:
    from collections.abc import Mapping

    from embedding_lab.registry.card import Card
    from embedding_lab.registry.parameter import Value


class MethodsController(QObject):
    """Reads the cards once; everything else is choosing among them.

    Signals
    -------
    changed()
        Another method is chosen, or others are listed.

    Attributes
    ----------
    error : LabError or None
        Why there are no cards, if one of them is damaged.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.error: LabError | None = None
        self._cards: list[Card] = []
        self._typed = ""
        try:
            self._cards = Registry().list()
        except LabError as error:
            self.error = error
        self._chosen = self._cards[0].id if self._cards else ""

    @property
    def listed(self) -> list[Card]:
        """The methods that fit what was typed, by family."""
        words = self._typed.casefold().split()
        return [card for card in self._cards if all(word in _wording(card) for word in words)]

    @property
    def card(self) -> Card | None:
        """The chosen method."""
        return next((card for card in self._cards if card.id == self._chosen), None)

    def search(self, typed: str) -> None:
        """List the methods that have all these words; the choice goes to the first, if need be."""
        self._typed = typed
        listed = self.listed
        if listed and self._chosen not in {card.id for card in listed}:
            self._chosen = listed[0].id
        self.changed.emit()

    def choose(self, method_id: str) -> None:
        """Choose a method; an unknown one is ignored."""
        if method_id in {card.id for card in self._cards}:
            self._chosen = method_id
            self.changed.emit()


def as_python(card: Card, chosen: Mapping[str, Value]) -> str:
    """Return Python lines that make a method with the chosen parameters."""
    arguments = ", ".join(f"{name}={value!r}" for name, value in chosen.items())
    return f"import embedding_lab as lab\n\nmethod = lab.method({card.id!r}).create({arguments})\n"


def as_command(card: Card) -> str:
    """Return the shell command that shows a method."""
    return f"embedding-lab methods show {card.id}"


def _wording(card: Card) -> str:
    parts = (card.id, card.title, family_title(card.family), card.summary, card.when_to_use)
    return " ".join((*parts, str(card.paper))).casefold()
