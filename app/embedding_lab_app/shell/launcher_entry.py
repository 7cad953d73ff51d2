"""Progress on the program's icon in the taskbar, where a Linux desktop shows it.

KDE, Unity and docks of other desktops listen for this signal on the session's bus; where nobody
does, nothing happens. Windows and macOS have such bars too, but Qt 6 offers no way to them.
"""

from __future__ import annotations

import sys
from typing import Any

from PySide6.QtWidgets import QApplication

# The name of the desktop file that the installers put in place.
DESKTOP_FILE = "embedding-lab"
PATH = "/com/canonical/unity/launcherentry/1"
INTERFACE = "com.canonical.Unity.LauncherEntry"


class LauncherEntry:
    """Draws a bar on the icon."""

    def __init__(self) -> None:
        self._bus: Any = None
        self._is_tried = False

    def show(self, percent: int | None) -> bool:
        """Show how far things are, or nothing; return whether a bus took the message."""
        bus = self._connected()
        if bus is None:
            return False
        from PySide6.QtDBus import QDBusMessage

        message = QDBusMessage.createSignal(PATH, INTERFACE, "Update")
        state = {"progress": (percent or 0) / 100, "progress-visible": percent is not None}
        message.setArguments([f"application://{DESKTOP_FILE}.desktop", state])
        return bool(bus.send(message))

    def _connected(self) -> Any:
        if not self._is_tried:
            self._is_tried = True
            # An invisible window has no icon.
            if sys.platform == "linux" and QApplication.platformName() != "offscreen":
                self._bus = session_bus()
        return self._bus


def session_bus() -> Any:
    """Return the connection to the desktop's bus, or ``None`` where there is none."""
    try:
        from PySide6.QtDBus import QDBusConnection
    except ImportError:
        return None
    bus = QDBusConnection.sessionBus()
    return bus if bus.isConnected() else None
