"""Pictures of the window, in every theme asked for, and the figures that go with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from embedding_lab.errors import LabError
from embedding_lab.storage import write_json
from embedding_lab_app.waiting import settle

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from embedding_lab_app.theme import Theme

FILE = "tour.json"


class Album:
    """Collects what the tour saw, page by page."""

    def __init__(self, folder: Path, theme: Theme, themes: Sequence[str]) -> None:
        self._folder = folder
        self._theme = theme
        self._themes = themes
        self._pages: dict[str, dict[str, Any]] = {}

    def take(self, page: str, name: str, window: QWidget) -> None:
        """Save a picture of the window in each theme."""
        for theme in self._themes:
            if self._theme.choice != theme:
                self._theme.choose(theme)
            settle()
            path = self._folder / f"{name}-{theme}.png"
            if not window.grab().save(str(path)):
                raise LabError(f"The picture {path} could not be written.")
            self._page(page)["screenshots"].append(path.name)

    def note(self, page: str, **figures: Any) -> None:
        """Keep figures of a page."""
        self._page(page)["figures"].update(figures)

    def close(self, problem: str) -> dict[str, Any]:
        """Write ``tour.json`` and return what it says; no problem means that all went well."""
        result: dict[str, Any] = {
            "pages": [{"page": name} | entry for name, entry in self._pages.items()],
            "passed": not problem,
        }
        if problem:
            result["problem"] = problem
        write_json(self._folder / FILE, result)
        return result

    def _page(self, name: str) -> dict[str, Any]:
        return self._pages.setdefault(name, {"screenshots": [], "figures": {}})
