"""Where the manual explains a part of the window: said once by the part, found from inside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab_app.widgets.buttons import Button

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

PROPERTY = "manual-place"


def explain(place: str, *widgets: QWidget) -> None:
    """Say where the manual explains these widgets: ``training#hard-negatives``."""
    for widget in widgets:
        widget.setProperty(PROPERTY, place)


def explained(widget: QWidget | None) -> str:
    """Return where the manual explains a widget or the nearest one that holds it."""
    while widget is not None:
        place = widget.property(PROPERTY)
        if place:
            return str(place)
        widget = widget.parentWidget()
    return ""


class ManualLink(Button):
    """A link to the place in the manual; ``open_manual`` is given its name."""

    def __init__(self, open_manual: Callable[[str], object], name: str) -> None:
        super().__init__("In the manual", self._open, kind="link")
        self._open_manual = open_manual
        self.setAccessibleName(name)

    def _open(self) -> None:
        self._open_manual(explained(self))
