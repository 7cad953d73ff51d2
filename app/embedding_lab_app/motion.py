"""Whether anything on the window may move by itself.

The window has no animations of its own. What moves is the toolkit's: bars of jobs whose length is
not known, docks, and the menus and tips of some desktops.
"""

from __future__ import annotations

import sys

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QApplication

PROPERTY, CHOICE = "reducesMotion", "motionChoice"
EFFECTS = (
    Qt.UIEffect.UI_AnimateMenu,
    Qt.UIEffect.UI_FadeMenu,
    Qt.UIEffect.UI_AnimateCombo,
    Qt.UIEffect.UI_AnimateTooltip,
    Qt.UIEffect.UI_FadeTooltip,
    Qt.UIEffect.UI_AnimateToolBox,
)
CLIENT_AREA_ANIMATION = 0x1042
PORTAL_PATIENCE_MS = 200


def apply_motion(app: QApplication, choice: str) -> None:
    """Let things move or not, from now on.

    Parameters
    ----------
    app : QApplication
        What every part of the window asks.
    choice : str
        ``on`` for reduced motion, ``off``, or ``system`` for what the desktop says.
    """
    # Asking the desktop takes a moment; it is asked once.
    if app.property(CHOICE) == choice and app.property(PROPERTY) is not None:
        return
    is_reduced = desktop_wants_stillness() if choice == "system" else choice == "on"
    app.setProperty(CHOICE, choice)
    app.setProperty(PROPERTY, is_reduced)
    if is_reduced:
        for effect in EFFECTS:
            app.setEffectEnabled(effect, False)


def is_motion_reduced() -> bool:
    """Whether nothing may move by itself."""
    app = QCoreApplication.instance()
    return app is not None and bool(app.property(PROPERTY))


def desktop_wants_stillness() -> bool:
    """Whether the desktop asks programs not to move things; ``False`` where it cannot be asked."""
    if QApplication.platformName() in {"offscreen", "minimal"}:
        return False
    if sys.platform == "win32":
        return _windows_wants_stillness()
    return sys.platform == "linux" and _portal_wants_stillness()


def _windows_wants_stillness() -> bool:
    import ctypes

    moves = ctypes.c_int(1)
    user32 = getattr(ctypes, "windll").user32  # noqa: B009 - there only on Windows
    is_told = user32.SystemParametersInfoW(CLIENT_AREA_ANIMATION, 0, ctypes.byref(moves), 0)
    return bool(is_told) and not moves.value


def _portal_wants_stillness() -> bool:
    """Ask the desktop's settings portal: GNOME's switch, which others serve too."""
    try:
        from PySide6.QtDBus import QDBus, QDBusConnection, QDBusMessage
    except ImportError:
        return False
    bus = QDBusConnection.sessionBus()
    if not bus.isConnected():
        return False
    place = ("org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop")
    call = QDBusMessage.createMethodCall(*place, "org.freedesktop.portal.Settings", "ReadOne")
    call.setArguments(["org.gnome.desktop.interface", "enable-animations"])
    answer = bus.call(call, QDBus.CallMode.Block, PORTAL_PATIENCE_MS)
    if answer.type() is not QDBusMessage.MessageType.ReplyMessage:
        return False
    value = answer.arguments()[0]
    # The value comes in a wrapper of the bus.
    return (value.variant() if hasattr(value, "variant") else value) is False
