"""What can keep the window from opening, told in plain sentences instead of a crash.

Qt ends the whole process when it cannot reach a display or lacks a system library, so both are
looked at before Qt is asked for a window.
"""

from __future__ import annotations

import ctypes
import errno
import os
import re
import shutil
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from embedding_lab.errors import LabError
from embedding_lab.jobs.run import failure
from embedding_lab.paths import HOME_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable

FAILED = 1
PLATFORM_VARIABLE = "QT_QPA_PLATFORM"
# Libraries that a system brings, and the Debian packages they are in.
SYSTEM_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
}
MISSING_LIBRARY = re.compile(r"(\S+\.so[.\d]*): cannot open shared object file")


class StartError(LabError):
    """The window cannot open here."""


class NoScreenError(StartError):
    """There is nothing to show a window on, nor a dialog."""


def run_guarded(run: Callable[[], int], *, needs_screen: bool) -> int:
    """Run a program that may not get far, and say in one sentence why it did not.

    Parameters
    ----------
    run : callable
        Returns the exit status.
    needs_screen : bool
        Whether a window is to be shown; what went wrong is then shown in a dialog too.
    """
    try:
        if needs_screen:
            require_screen()
        return run()
    except Exception as error:  # noqa: BLE001 - a traceback is never the message
        told = explain(error)
    tell(told, as_dialog=needs_screen)
    return FAILED


def explain(error: Exception) -> LabError:
    """Return the sentences for what went wrong at the start."""
    if isinstance(error, LabError):
        return error
    missing = _missing_library_in(error)
    if missing:
        return _missing_library(missing)
    if isinstance(error, ImportError):
        return StartError(
            f"A part of this installation is missing or damaged: {error}.",
            hint="Install Embedding Lab again.",
        )
    if isinstance(error, OSError) and error.filename:
        return _unusable_folder(error)
    return StartError(
        failure(error).message, hint="Report this sentence, and what you did before it came."
    )


def _missing_library_in(error: BaseException | None) -> str:
    """Return the library that could not be loaded, empty if that is not what went wrong.

    In an installed program the error that names it is only the cause of the one that is raised.
    """
    while error is not None:
        found = MISSING_LIBRARY.search(str(error))
        if isinstance(error, (ImportError, OSError)) and found:
            return Path(found[1]).name
        error = error.__cause__
    return ""


def _missing_library(name: str) -> StartError:
    package = SYSTEM_LIBRARIES.get(name)
    if package is None:
        return StartError(
            f"A part of this installation is missing: {name}.", hint="Install Embedding Lab again."
        )
    return StartError(
        f"A system library that the window needs is missing: {name}.",
        hint=f"Install it; on Debian and Ubuntu: sudo apt install {package}",
    )


def _unusable_folder(error: OSError) -> StartError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return StartError(
            f"The disk is full: {error.filename} could not be written.",
            hint="Free some space, then start again.",
        )
    return StartError(
        f"A folder of the program cannot be used: {error.filename} ({error.strerror}).",
        hint=f"Make it writable, or name another place in the variable {HOME_VARIABLE}.",
    )


def require_screen() -> None:
    """Make sure that Qt can show a window here.

    Raises
    ------
    StartError
        If there is no display, it cannot be reached, or a library is missing.
    """
    if sys.platform != "linux" or os.environ.get(PLATFORM_VARIABLE):
        return
    display, wayland = os.environ.get("DISPLAY"), os.environ.get("WAYLAND_DISPLAY")
    if not display and not wayland:
        raise NoScreenError(
            "There is no display here, so the window cannot open.",
            hint="Start it on a desktop. Without one, `embedding-lab --help` lists what the "
            "command line does.",
        )
    if wayland and _answers(wayland):
        if not display:
            os.environ[PLATFORM_VARIABLE] = "wayland"
        return
    if not display:
        raise _unreachable(str(wayland))
    if not _load_x11().answers(display):
        raise _unreachable(display)


def _answers(wayland: str) -> bool:
    path = Path(os.environ.get("XDG_RUNTIME_DIR", ""), wayland)
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(str(path))
        return True
    return False


class _X11:
    """The library that speaks to X11 displays."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL("libxcb.so.1")
        self._library.xcb_connect.restype = ctypes.c_void_p
        self._library.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
        for function in (self._library.xcb_connection_has_error, self._library.xcb_disconnect):
            function.argtypes = [ctypes.c_void_p]

    def answers(self, display: str) -> bool:
        """Whether a display can be reached."""
        connection = self._library.xcb_connect(display.encode(), None)
        is_broken = bool(self._library.xcb_connection_has_error(connection))
        self._library.xcb_disconnect(connection)
        return not is_broken


def _load_x11() -> _X11:
    """Load what Qt is about to load, where a missing library is an error one can catch."""
    from PySide6.QtCore import QLibraryInfo

    plugins = QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath)
    try:
        ctypes.CDLL(str(Path(plugins, "platforms", "libqxcb.so")))
        return _X11()
    except OSError as error:
        raise explain(error) from error


def _unreachable(display: str) -> NoScreenError:
    return NoScreenError(
        f"The display {display} cannot be reached, so the window cannot open.",
        hint="Start it on a desktop, or check the variables DISPLAY and WAYLAND_DISPLAY.",
    )


def tell(error: LabError, *, as_dialog: bool) -> None:
    """Write what went wrong to standard error and show it where there is a screen."""
    # A window's program has no standard error on Windows.
    if sys.stderr is not None:
        sys.stderr.write("".join(f"{line}\n" for line in (error.message, error.hint) if line))
        sys.stderr.flush()
    if as_dialog and not isinstance(error, NoScreenError) and _may_be_seen():
        show_dialog(f"{error.message}\n\n{error.hint}".strip())


def _may_be_seen() -> bool:
    return os.environ.get(PLATFORM_VARIABLE) not in {"offscreen", "minimal"}


def show_dialog(text: str) -> None:
    """Show a message with whatever can show one, Qt being first."""
    if _show_with_qt(text):
        return
    if sys.platform == "win32":
        ctypes.windll.user32.MessageBoxW(None, text, "Embedding Lab", 0x10)
        return
    for command in _dialog_commands(text):
        if shutil.which(command[0]) and not subprocess.run(command, check=False).returncode:
            return


def _show_with_qt(text: str) -> bool:
    try:
        require_screen()
        from PySide6.QtWidgets import QApplication, QMessageBox
    except (ImportError, StartError):
        return False
    app = QApplication.instance() or QApplication(sys.argv[:1])
    box = QMessageBox(QMessageBox.Icon.Critical, "Embedding Lab", text)
    box.exec()
    del app
    return True


def _dialog_commands(text: str) -> list[list[str]]:
    """Return the programs that systems bring for this, the likeliest first."""
    return [
        ["zenity", "--error", "--no-markup", "--title=Embedding Lab", f"--text={text}"],
        ["kdialog", "--title", "Embedding Lab", "--error", text],
        ["xmessage", "-center", text],
        ["osascript", "-e", f'display alert "Embedding Lab" message {_quoted(text)}'],
    ]


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
