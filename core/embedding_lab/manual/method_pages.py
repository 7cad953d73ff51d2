"""What the manual says of research methods, made from their cards whenever it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab.manual.page import ManualPage
from embedding_lab.registry.markdown import card_markdown
from embedding_lab.registry.registry import family_title

if TYPE_CHECKING:
    from collections.abc import Iterable

    from embedding_lab.registry.card import Card

# Where the manual tells how the methods of a family are used.
USED_IN = {
    "batch_samplers": ("A new run", "training#a-new-run"),
    "embedding_prompts": (
        "Prompts that make language models encoders",
        "prompts#prompts-that-make-language-models-encoders",
    ),
    "objectives": ("A new run", "training#a-new-run"),
    "prompt_optimizers": ("Searching prompts", "prompts#searching-prompts"),
}


def method_page_name(method_id: str) -> str:
    """Return what the manual calls the page of a method."""
    return f"method/{method_id}"


def method_pages(cards: Iterable[Card]) -> list[ManualPage]:
    """Return a page for each method."""
    return [
        ManualPage(method_page_name(card.id), _text(card), (family_title(card.family),))
        for card in cards
    ]


def method_index(cards: Iterable[Card]) -> str:
    """Return a list of all methods that links to their pages, a heading for each family."""
    parts, family = [], ""
    for card in cards:
        if card.family != family:
            family = card.family
            parts.append(f"\n## {family_title(family)}\n")
        measured = f" *Measured: {card.verdicts}.*" if card.results else ""
        parts.append(f"- {_link(card.id, card.title)}. {card.summary}{measured}")
    return "\n".join(parts).strip()


def _text(card: Card) -> str:
    parts = [card_markdown(card).rstrip()]
    if card.superseded_by:
        parts.append(f"A newer method does the same better: {_link(card.superseded_by)}.")
    if card.family in USED_IN:
        title, target = USED_IN[card.family]
        parts.append(f"How to use it: [{title}]({target}).")
    parts.append("All methods: [Methods](methods).")
    return "\n\n".join(parts) + "\n"


def _link(method_id: str, title: str = "") -> str:
    return f"[{title or method_id}]({method_page_name(method_id)})"
