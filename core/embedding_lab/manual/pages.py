"""All pages of the manual: the written ones in their order, and those made from declarations."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import TYPE_CHECKING

from embedding_lab import resources
from embedding_lab.manual.method_pages import method_index, method_pages
from embedding_lab.manual.page import ManualPage
from embedding_lab.registry.markdown import parameter_table
from embedding_lab.registry.registry import Registry
from embedding_lab.settings import Settings
from embedding_lab.training.settings import PARAMETERS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ORDER = (
    "getting-started",
    "installing",
    "window",
    "corpora",
    "encoders",
    "onnx",
    "embedding",
    "search",
    "prompts",
    "training",
    "methods",
    "jobs",
    "workspace",
    "graphics-card",
    "settings",
    "keyboard",
    "command-line",
    "python",
    "performance",
    "privacy",
    "troubleshooting",
)
METHODS = "methods"
# A page says in a comment where something is filled in: <!-- made: settings -->.
MARK = re.compile(r"<!-- made: ([\w-]+) -->")


def manual_pages(made: Mapping[str, str] | None = None) -> dict[str, ManualPage]:
    """Return every page by its name, in the order of the contents.

    Parameters
    ----------
    made : mapping of str, optional
        What the window fills in, by the name of its mark: its shortcuts.

    Raises
    ------
    CardError
        If the card of a method is damaged.
    """
    cards = Registry().list()
    makers: dict[str, Callable[[], str]] = {
        "methods": lambda: method_index(cards),
        "settings": settings_list,
        "training-settings": lambda: parameter_table(PARAMETERS),
    }

    def fill(mark: re.Match[str]) -> str:
        name = mark[1]
        return makers[name]() if name in makers else (made or {}).get(name, "")

    files = {path.stem: path for path in sorted(resources.path("manual").glob("*.md"))}
    names = [name for name in ORDER if name in files]
    names += [name for name in files if name not in ORDER]
    pages: dict[str, ManualPage] = {}
    for name in names:
        text = files[name].read_text(encoding="utf-8")
        pages[name] = ManualPage(name, MARK.sub(fill, text))
        if name == METHODS:
            pages |= {page.name: page for page in method_pages(cards)}
    return pages


def settings_list() -> str:
    """Return every setting with what it does, its default, and the values it takes."""
    return "\n\n".join(
        f"## {item.metadata['title']}\n\n{item.metadata['help']}\n\n"
        f"{_takes(item.metadata)} Default: {_default(item.default)}. In the settings file: "
        f"`{item.name}`."
        for item in fields(Settings)
        if not item.metadata.get("hidden")
    )


def _takes(metadata: Mapping[str, object]) -> str:
    if "choices" in metadata:
        return f"One of {', '.join(metadata['choices'])}."  # type: ignore[arg-type]
    if "minimum" in metadata:
        return f"A whole number from {metadata['minimum']:,} to {metadata['maximum']:,}."
    return ""


def _default(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value or "empty")
