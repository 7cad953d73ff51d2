"""What the window remembers of a workspace, to look the same at the next start."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QPoint, QRect
from PySide6.QtGui import QGuiApplication

from embedding_lab_app.qsettings import group_of, window_state

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

# So much of the title must be on a screen that a hand can take hold of it.
HOLD = QRect(0, 0, 120, 24)


class Session:
    """The memory of one workspace."""

    def __init__(self, workspace_id: str) -> None:
        self._group = group_of(workspace_id)
        self._store = window_state()

    @property
    def page(self) -> str:
        """The page that was open; empty if none is remembered."""
        return str(self._value("page") or "")

    @property
    def geometry(self) -> QByteArray | None:
        """Place and size of the window."""
        return self._bytes("geometry")

    @property
    def docks(self) -> QByteArray | None:
        """The panels beside the pages: how large, and whether they are shown."""
        return self._bytes("docks")

    def page_state(self, page_id: str) -> dict[str, Any]:
        """Return what a page remembered; empty if that is damaged or nothing."""
        try:
            saved = json.loads(str(self._value(f"pages/{page_id}") or "{}"))
        except json.JSONDecodeError:
            return {}
        return saved if isinstance(saved, dict) else {}

    def save(
        self, page_id: str, geometry: QByteArray, docks: QByteArray, pages: dict[str, Any]
    ) -> None:
        """Remember all of it; pages that were never shown keep what they remembered."""
        values = {"page": page_id, "geometry": geometry, "docks": docks}
        values |= {f"pages/{name}": json.dumps(state) for name, state in pages.items()}
        for name, value in values.items():
            self._store.setValue(f"{self._group}/{name}", value)
        self._store.sync()

    def leave_jobs(self, run_ids: list[str]) -> None:
        """Remember which jobs closing the window stopped."""
        self._store.setValue(f"{self._group}/stopped", json.dumps(run_ids))
        self._store.sync()

    def take_left_jobs(self) -> list[str]:
        """Return those jobs, and forget them."""
        saved = str(self._value("stopped") or "[]")
        self._store.remove(f"{self._group}/stopped")
        try:
            return [str(run_id) for run_id in json.loads(saved)]
        except (json.JSONDecodeError, TypeError):
            return []

    def _value(self, name: str) -> Any:
        return self._store.value(f"{self._group}/{name}")

    def _bytes(self, name: str) -> QByteArray | None:
        value = self._value(name)
        return value if isinstance(value, QByteArray) else None


def bring_onto_screen(window: QWidget) -> None:
    """Move a window whose screen is gone, or that is larger than its screen, into sight."""
    rooms = [screen.availableGeometry() for screen in QGuiApplication.screens()]
    frame = window.frameGeometry()
    held = [room for room in rooms if _can_be_held(frame, room)]
    room = held[0] if held else QGuiApplication.primaryScreen().availableGeometry()
    _fit_into(window, room)
    if not held:
        spare = room.size() - window.frameGeometry().size()
        window.move(
            room.topLeft() + QPoint(max(0, spare.width() // 2), max(0, spare.height() // 2))
        )


def _fit_into(window: QWidget, room: QRect) -> None:
    is_fixed = window.isMaximized() or window.isFullScreen()
    # On a screen that is too small for the least size, a smaller window would not help.
    if not is_fixed and room.size().boundedTo(window.minimumSize()) == window.minimumSize():
        window.resize(window.size().boundedTo(room.size()))


def _can_be_held(frame: QRect, room: QRect) -> bool:
    for corner in (frame.topLeft(), frame.topRight() - QPoint(HOLD.width() - 1, 0)):
        if room.contains(HOLD.translated(corner)):
            return True
    return False
