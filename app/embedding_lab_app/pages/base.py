"""What every page is: a widget that knows its name, its state, and what to show beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab_app.context import AppContext


class Page(QWidget):
    """Base of all pages. Subclasses set the class attributes and build themselves from the context.

    Class attributes
    ----------------
    page_id : str
        Stable name, used in settings, the tour and the manual: ``corpora``.
    title : str
        What the navigation shows.
    icon : str
        Name of its icon.
    manual : str
        The manual's place that F1 opens here: ``corpora``, or with a section ``window#home``.
    """

    page_id: ClassVar[str]
    title: ClassVar[str]
    icon: ClassVar[str]
    manual: ClassVar[str] = "window#home"

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context = context
        self.setObjectName(f"{self.page_id}-page")
        self.setAccessibleName(self.title)

    @property
    def manual_place(self) -> str:
        """The manual's place that F1 opens for what is shown now."""
        return self.manual

    def inspector(self) -> QWidget | None:
        """Return the widget shown in the inspector while the page is open, made once."""
        return None

    def open_with(self, arguments: dict[str, Any]) -> None:
        """Take what another page, a drop or a command hands over; unknown names are ignored."""

    def take_drop(self, paths: list[Path]) -> bool:
        """Take what was dropped while the page is open; ``False`` leaves it to the window."""
        return False

    def save_state(self) -> dict[str, Any]:
        """Return what the page wants to find again at the next start, as JSON values."""
        return {}

    def restore_state(self, state: dict[str, Any]) -> None:
        """Show again what :meth:`save_state` told; whatever is gone by now is left out."""


@dataclass(frozen=True)
class PageEntry:
    """A page as the window registers it; its module is imported when it is first shown.

    ``runs`` names the families of methods that the page can run: its ``open_with`` takes a
    ``method`` and its ``parameters``.
    """

    page_id: str
    title: str
    icon: str
    target: str
    runs: tuple[str, ...] = ()
