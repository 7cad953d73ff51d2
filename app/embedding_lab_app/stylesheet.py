"""The one style sheet, filled with the colours of a theme."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from embedding_lab import resources

if TYPE_CHECKING:
    from embedding_lab_app.theme import Tokens

SHEET = "style/window.qss"


def build_stylesheet(tokens: Tokens) -> str:
    """Return the style sheet in the colours of ``tokens``."""
    template = Template(Path(resources.path(SHEET)).read_text(encoding="utf-8"))
    icons = resources.path("style").as_posix()
    return template.substitute(asdict(tokens), icons=icons)
