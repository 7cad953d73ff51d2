"""The text of a manual page; the part about the methods is made from their cards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab.registry.markdown import catalogue_markdown
from embedding_lab.registry.registry import Registry

if TYPE_CHECKING:
    from pathlib import Path

CATALOGUE_MARK = "<!-- every method, from its card -->"


def manual_text(path: Path) -> str:
    """Return the Markdown of a page.

    Raises
    ------
    CardError
        If the page lists the methods and a card is damaged.
    """
    text = path.read_text(encoding="utf-8")
    if CATALOGUE_MARK in text:
        text = text.replace(CATALOGUE_MARK, catalogue_markdown(Registry().list()))
    return text
