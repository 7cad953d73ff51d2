"""Short messages that do not stop anybody: shown for a while, kept in a list."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from embedding_lab.errors import LabError
from embedding_lab.jobs.run import failure

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_KEPT = 200


@dataclass(frozen=True)
class Notice:
    """One message. ``level`` is ``info``, ``success``, ``warning`` or ``error``."""

    text: str
    level: str = "info"
    details: str = ""
    action_title: str = ""
    action: Callable[[], None] | None = None
    at: datetime = field(default_factory=datetime.now)


class Notices(QObject):
    """Where messages are left; ``added`` shows them."""

    added = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.history: list[Notice] = []

    def add(self, notice: Notice) -> None:
        """Show a message and keep it."""
        self.history = [*self.history[1 - MOST_KEPT :], notice]
        self.added.emit(notice)

    def info(self, text: str) -> None:
        """Show a plain message."""
        self.add(Notice(text))

    def success(self, text: str) -> None:
        """Show that something is done."""
        self.add(Notice(text, level="success"))

    def error(self, error: Exception) -> None:
        """Show what went wrong, in the sentence meant for people."""
        event = failure(error)
        details = "" if isinstance(error, LabError) else event.details
        text = f"{event.message} {event.hint}".strip()
        self.add(Notice(text, level="error", details=details))
