"""Texts with marks: ``{slot}`` is filled once, ``{{`` and ``}}`` stand for single braces."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from embedding_lab.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PIECE = re.compile(r"\{\{|\}\}|\{([A-Za-z][A-Za-z0-9_]*)\}|[{}]|[^{}]+")


def _pieces(template: str) -> Iterator[tuple[str, str]]:
    """Yield ``(mark, "")`` for each mark and ``("", text)`` for what stands between."""
    for found in PIECE.finditer(template):
        text, mark = found[0], found[1]
        if mark:
            yield mark, ""
        elif text in {"{", "}"}:
            raise UsageError(
                f"There is a single {text} at character {found.start() + 1} of {template[:60]!r}.",
                hint="Write {{ and }} for braces, {name} for a slot.",
            )
        else:
            yield "", text.replace("{{", "{").replace("}}", "}")


def marks_in(template: str) -> list[str]:
    """Return the names of the marks of a template, each once, in their order.

    Raises
    ------
    UsageError
        If there is a brace that belongs to no mark.
    """
    return list(dict.fromkeys(mark for mark, _ in _pieces(template) if mark))


def render(template: str, values: Mapping[str, str]) -> str:
    """Return a template with the value of each mark in its place.

    Values are inserted once: braces inside them stay as they are.

    Raises
    ------
    UsageError
        If a mark has no value; the sentence names it.
    """
    parts = []
    for mark, text in _pieces(template):
        if mark and mark not in values:
            raise UsageError(f"The slot {mark} is not filled.", hint=f"Give a value for {mark}.")
        parts.append(values[mark] if mark else text)
    return "".join(parts)
