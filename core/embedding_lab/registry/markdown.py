"""A card as text to read: for the manual, and for terminals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab.registry.registry import family_title

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from embedding_lab.registry.card import Card
    from embedding_lab.registry.parameter import Parameter
    from embedding_lab.registry.result import Result

HEADERS = ("Parameter", "Default", "Takes", "What it does")


def card_markdown(card: Card, level: int = 1) -> str:
    """Return everything on a card as Markdown, its title as a heading of this level."""
    inner = "#" * (level + 1)
    parts = [
        f"{'#' * level} {card.title}",
        _facts(card),
        card.summary,
        f"{inner} When to use it\n\n{card.when_to_use}",
        f"{inner} Inputs\n\n{_bullets(card.inputs)}",
    ]
    if card.parameters:
        parts.append(f"{inner} Parameters\n\n{parameter_table(card.parameters)}")
    parts.append(f"{inner} Results\n\n{_results(card.results)}")
    parts.append(f"{inner} Source\n\n{card.paper}")
    return "\n\n".join(parts) + "\n"


def parameter_table(parameters: Sequence[Parameter]) -> str:
    """Return parameters with their defaults, limits and what they do, as a table."""
    rows = [
        (f"`{item.name}`", default_text(item), item.rule, f"{item.help}.") for item in parameters
    ]
    lines = [HEADERS, ("---",) * len(HEADERS), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def default_text(parameter: Parameter) -> str:
    """Return a default with its unit: ``8 generations``."""
    value = parameter.default
    if isinstance(value, bool):
        return "yes" if value else "no"
    shown = f"{value:,.12g}" if isinstance(value, int | float) else value or "empty"
    return f"{shown} {parameter.unit}".strip()


def _facts(card: Card) -> str:
    facts = [family_title(card.family), f"`{card.id}`"]
    if card.requires:
        facts.append(f"requires {', '.join(card.requires)}")
    if card.superseded_by:
        facts.append(f"superseded by `{card.superseded_by}`")
    return " · ".join(facts)


def _results(results: Sequence[Result]) -> str:
    if not results:
        return "Not measured yet."
    lines = [
        f"- **{result.setting}**, {result.metric}: {result.sentence}. Verdict: {result.verdict}."
        for result in results
    ]
    commands = dict.fromkeys(result.command for result in results)
    lines += ["", "Measured by:", "", *(f"    {command}" for command in commands)]
    return "\n".join(lines)


def _bullets(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)
