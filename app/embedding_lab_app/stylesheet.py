"""The one style sheet, filled with the colours of a theme."""

from __future__ import annotations

from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from embedding_lab import resources

if TYPE_CHECKING:
    from collections.abc import Mapping

SHEET = "style/window.qss"


def build_stylesheet(colours: Mapping[str, str]) -> str:
    """Return the style sheet in these colours, by the names of their tokens."""
    template = Template(Path(resources.path(SHEET)).read_text(encoding="utf-8"))
    icons = resources.path("style").as_posix()
    return template.substitute(colours, icons=icons)
