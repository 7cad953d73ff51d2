"""All cards of the program, found by looking into its folders."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embedding_lab.errors import UsageError, did_you_mean
from embedding_lab.registry.card import Card, read_card
from embedding_lab.registry.table import CardError

if TYPE_CHECKING:
    from collections.abc import Mapping

PACKAGE = Path(__file__).parents[1]


class Registry:
    """The cards below a package's folder: a family is a folder that holds some.

    Cards are read when they are first asked for; no method is imported before
    :meth:`create`.

    Parameters
    ----------
    package : Path, optional
        The folder of the package; the program's own without one.
    """

    def __init__(self, package: Path = PACKAGE) -> None:
        self._package = package

    @cached_property
    def _cards(self) -> Mapping[str, Card]:
        found: dict[str, Card] = {}
        for file in sorted(self._package.glob("*/*.toml")):
            card = read_card(file)
            if card.id in found:
                raise CardError(
                    f"The id {card.id} in {file.parent.name} is that of a card in "
                    f"{found[card.id].family} too."
                )
            found[card.id] = card
        for card in found.values():
            if card.superseded_by and card.superseded_by not in found:
                raise CardError(f"The key superseded_by in {card.id}.toml names no card.")
        return found

    def families(self) -> list[str]:
        """Return the families that have a method, sorted by name."""
        return sorted({card.family for card in self._cards.values()})

    def list(self, family: str = "") -> list[Card]:
        """Return the cards of one family, or all, sorted by family and id.

        Raises
        ------
        UsageError
            If there is no such family.
        """
        if family and family not in self.families():
            raise UsageError(
                f"There is no family of methods named {family}.",
                hint=did_you_mean(family, self.families(), "Families"),
            )
        return [card for card in self._cards.values() if family in {"", card.family}]

    def get(self, method_id: str) -> Card:
        """Return the card of a method.

        Raises
        ------
        UsageError
            If there is none; the hint proposes the nearest name.
        """
        if method_id not in self._cards:
            raise UsageError(
                f"There is no method named {method_id}.",
                hint=did_you_mean(method_id, self._cards, "Methods"),
            )
        return self._cards[method_id]

    def create(self, method_id: str, **parameters: object) -> Any:
        """Check the parameters against the card, then import the method and make it.

        Raises
        ------
        UsageError
            If there is no such method or parameter, or a value is not allowed.
        """
        return self.get(method_id).create(**parameters)


def family_title(family: str) -> str:
    """Return a family's name in words: ``Prompt optimizers``."""
    return family.replace("_", " ").capitalize()


def methods(family: str = "") -> list[Card]:
    """Return the cards of all methods, or of one family."""
    return Registry().list(family)


def method(method_id: str) -> Card:
    """Return the card of one method; ``method("proapo").create(epochs=4)`` makes it."""
    return Registry().get(method_id)
