"""A message of the desktop, beside the window, by whatever way this desktop has."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QProcess, QTimer
from PySide6.QtWidgets import QApplication, QSystemTrayIcon

if TYPE_CHECKING:
    from PySide6.QtGui import QIcon

NAME = "Embedding Lab"
SHOWN_MS = 10_000
NOTIFICATIONS = ("org.freedesktop.Notifications", "/org/freedesktop/Notifications")


class DesktopMessage(QObject):
    """Shows messages; where no way leads to the desktop, it shows none."""

    def __init__(self, icon: QIcon, parent: QObject) -> None:
        super().__init__(parent)
        self._icon = icon
        self._tray: QSystemTrayIcon | None = None

    def show(self, title: str, text: str) -> bool:
        """Show a message; return whether a way was found."""
        # A window that nobody sees disturbs nobody.
        if QApplication.platformName() == "offscreen":
            return False
        if sys.platform == "linux":
            return tell_linux(title, text)
        if not QSystemTrayIcon.isSystemTrayAvailable():
            return False
        if self._tray is None:
            self._tray = QSystemTrayIcon(self._icon, self)
        self._tray.show()
        self._tray.showMessage(title, text, self._icon, SHOWN_MS)
        # The icon is there for the message alone.
        QTimer.singleShot(SHOWN_MS, self._tray, self._tray.hide)
        return True


def tell_linux(title: str, text: str) -> bool:
    """Hand a message to a program of the desktop; return whether there is one.

    Qt's own way works only where there is a tray, which GNOME has not; and the bus wants a kind of
    number that cannot be sent from Python.
    """
    if tool := shutil.which("notify-send"):
        words = ["--app-name", NAME, "--", title, text]
    elif tool := shutil.which("gdbus"):
        name, path = NOTIFICATIONS
        words = ["call", "--session", "--timeout", "2", "--dest", name, "--object-path", path]
        words += ["--method", f"{name}.Notify", _literal(NAME), "0", _literal("")]
        words += [_literal(title), _literal(text), "[]", "{}", str(SHOWN_MS)]
    else:
        return False
    return bool(QProcess.startDetached(tool, words)[0])


def _literal(text: str) -> str:
    """Return a text as the tool writes texts: bare ones may be taken for options or numbers."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"'{escaped}'"
