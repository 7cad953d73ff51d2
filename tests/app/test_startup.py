"""What keeps the window from opening is told in plain sentences, on a terminal and in a dialog."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from embedding_lab.errors import WorkspaceError
from embedding_lab_app import startup
from embedding_lab_app.application import make_application
from embedding_lab_app.startup import NoScreenError, StartError, run_guarded

SCREEN = ("DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR", startup.PLATFORM_VARIABLE)
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="displays are found so on Linux only")


@pytest.fixture
def dialogs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The dialogs that would have been shown, on a machine without a display."""
    shown: list[str] = []
    monkeypatch.setattr(startup, "show_dialog", shown.append)
    for name in SCREEN:
        monkeypatch.delenv(name, raising=False)
    return shown


def raising(error: Exception) -> int:
    raise error


def test_what_ran_well_keeps_its_exit_status(dialogs: list[str]) -> None:
    assert run_guarded(lambda: 7, needs_screen=False) == 7
    assert dialogs == []


@on_linux
def test_without_a_display_one_sentence_says_so(
    dialogs: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_guarded(lambda: 0, needs_screen=True) == 1
    assert capsys.readouterr().err.splitlines()[0] == (
        "There is no display here, so the window cannot open."
    )
    assert dialogs == [], "there is nothing to show a dialog on"


@on_linux
def test_a_display_that_does_not_answer_is_named(
    dialogs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", ":2999")
    monkeypatch.setattr(startup, "_load_x11", _DeadX11)
    with pytest.raises(NoScreenError, match=r"The display :2999 cannot be reached"):
        startup.require_screen()


class _DeadX11:
    def answers(self, display: str) -> bool:
        return display != ":2999"


@on_linux
def test_a_program_without_a_display_ends_with_a_sentence_instead_of_an_abort(
    tmp_path: Path,
) -> None:
    environment = {k: v for k, v in os.environ.items() if k not in SCREEN}
    done = subprocess.run(
        [sys.executable, "-m", "embedding_lab_app"],
        env=environment | {"EMBEDDING_LAB_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == "There is no display here, so the window cannot open."
    assert len(done.stderr.splitlines()) == 2


@on_linux
def test_a_wayland_display_that_answers_is_enough_and_is_chosen(
    dialogs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The address of a socket may be no longer than a hundred letters: not below pytest's folder.
    folder = Path("/tmp") / f"lab-{os.getpid()}"
    folder.mkdir()
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(str(folder / "wayland-7"))
            listener.listen()
            monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
            monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-7")
            # Set by what is tested; put back to being absent when the test ends.
            monkeypatch.setenv(startup.PLATFORM_VARIABLE, "")
            startup.require_screen()
            assert os.environ[startup.PLATFORM_VARIABLE] == "wayland"
    finally:
        (folder / "wayland-7").unlink()
        folder.rmdir()


@on_linux
def test_a_wayland_display_that_does_not_answer_is_named(
    dialogs: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-9")
    with pytest.raises(NoScreenError, match="wayland-9"):
        startup.require_screen()


def test_a_platform_that_the_user_names_is_not_questioned(
    dialogs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(startup.PLATFORM_VARIABLE, "offscreen")
    startup.require_screen()


MISSING = "libxcb-cursor.so.0: cannot open shared object file: No such file or directory"


@pytest.mark.parametrize("kind", [ImportError, OSError])
def test_a_missing_system_library_comes_with_the_command_that_installs_it(
    kind: type[Exception],
) -> None:
    told = startup.explain(kind(MISSING))
    assert told.message == "A system library that the window needs is missing: libxcb-cursor.so.0."
    assert told.hint.endswith("sudo apt install libxcb-cursor0")


def test_the_library_is_found_behind_the_error_of_an_installed_program() -> None:
    class _WrappedError(OSError):
        def __str__(self) -> str:
            return "Failed to load dynlib/dll 'libqxcb.so'."

    try:
        raise _WrappedError from OSError(MISSING)
    except OSError as error:
        told = startup.explain(error)
    assert "libxcb-cursor.so.0" in told.message


def test_a_missing_library_of_the_programs_own_means_installing_it_again() -> None:
    told = startup.explain(ImportError(MISSING.replace("libxcb-cursor.so.0", "libQt6Gui.so.6")))
    assert told.message == "A part of this installation is missing: libQt6Gui.so.6."
    assert told.hint == "Install Embedding Lab again."


def test_a_module_that_cannot_be_imported_is_named() -> None:
    told = startup.explain(ImportError("No module named 'numpy'", name="numpy"))
    assert told.message == (
        "A part of this installation is missing or damaged: No module named 'numpy'."
    )


def test_a_folder_that_cannot_be_written_is_named_with_a_way_out() -> None:
    told = startup.explain(OSError(errno.EROFS, "Read-only file system", "/home/me/.config"))
    assert "/home/me/.config (Read-only file system)" in told.message
    assert "EMBEDDING_LAB_HOME" in told.hint


def test_a_full_disk_is_named_as_such() -> None:
    told = startup.explain(OSError(errno.ENOSPC, "No space left on device", "/home/me/log"))
    assert told.message == "The disk is full: /home/me/log could not be written."


def test_an_error_with_a_sentence_of_its_own_keeps_it() -> None:
    error = WorkspaceError("It is damaged.", hint="Mend it.")
    assert startup.explain(error) is error


def test_anything_else_still_becomes_a_sentence(
    dialogs: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_guarded(lambda: raising(KeyError("theme")), needs_screen=False) == 1
    told = capsys.readouterr().err
    assert told.startswith("Something unexpected went wrong: 'theme'.")
    assert "Traceback" not in told


def test_where_there_is_a_screen_it_is_shown_in_a_dialog_too(
    dialogs: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(startup, "require_screen", lambda: None)
    error = StartError("It is not there.", hint="Put it there.")
    assert run_guarded(lambda: raising(error), needs_screen=True) == 1
    assert dialogs == ["It is not there.\n\nPut it there."]
    assert capsys.readouterr().err == "It is not there.\nPut it there.\n"


def test_a_window_without_standard_error_shows_the_dialog_alone(
    dialogs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    startup.tell(StartError("It is not there."), as_dialog=True)
    assert dialogs == ["It is not there."]


def test_a_home_that_is_no_folder_is_told_by_the_whole_program(tmp_path: Path) -> None:
    home = tmp_path / "no-folder"
    home.write_text("a file")
    done = subprocess.run(
        [sys.executable, "-m", "embedding_lab_app"],
        env=os.environ | {"EMBEDDING_LAB_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 1
    assert str(home) in done.stderr.splitlines()[0]
    assert "Traceback" not in done.stderr


def test_the_window_carries_the_programs_icon_and_is_known_to_the_menu_entry(
    qapp: QApplication,
) -> None:
    make_application("light")
    drawn = qapp.windowIcon().pixmap(32, 32).toImage()
    assert drawn.pixelColor(16, 4).name() == "#174a96", "the drawing's ground"
    assert QApplication.desktopFileName() == "embedding-lab"
