"""How large text and controls are, beside what the screen's own resolution asks for.

Everything grows together, by Qt's own factor, so that no fixed height cuts a letter. Qt reads the
factor once, when the application is made.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

VARIABLE = "QT_SCALE_FACTOR"
# Beyond this the window would not fit on usual screens.
LARGEST = 1.5
GNOME = ("gsettings", "get", "org.gnome.desktop.interface", "text-scaling-factor")
WINDOWS_KEY, WINDOWS_NAME = r"Software\Microsoft\Accessibility", "TextScaleFactor"


@contextmanager
def qt_scaled(choice: str) -> Iterator[None]:
    """Let an application that is made meanwhile be as large as the user chose.

    Programs started later, a file manager for one, are not to grow with it; and whoever sets Qt's
    variable himself is not overruled.

    Parameters
    ----------
    choice : str
        ``system``, or ``130 %``, as in the setting ``text_size``.
    """
    factor = system_factor() if choice == "system" else int(choice.rstrip(" %")) / 100
    if VARIABLE in os.environ or factor == 1:
        yield
        return
    os.environ[VARIABLE] = f"{factor:g}"
    try:
        yield
    finally:
        del os.environ[VARIABLE]


def system_factor() -> float:
    """Return by what the desktop enlarges text without Qt's doing so: 1 if not at all.

    On X11 text scaling reaches Qt as the resolution of the screen; macOS has no such setting.
    """
    found = 1.0
    with suppress(OSError, ValueError, subprocess.SubprocessError):
        if sys.platform == "win32":
            found = _windows_percent() / 100
        elif _draws_on_wayland():
            done = subprocess.run(GNOME, capture_output=True, text=True, timeout=2, check=True)
            found = float(done.stdout)
    return min(max(found, 1.0), LARGEST)


def _draws_on_wayland() -> bool:
    """Whether Qt will: it prefers Wayland wherever it is, unless it is told otherwise."""
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    return "WAYLAND_DISPLAY" in os.environ and (not platform or platform.startswith("wayland"))


def _windows_percent() -> int:
    if sys.platform != "win32":
        raise OSError("There is a registry on Windows only.")
    import winreg

    with winreg.OpenKey(winreg.HKEY_CURRENT_USER, WINDOWS_KEY) as key:
        return int(winreg.QueryValueEx(key, WINDOWS_NAME)[0])
