"""What is seen when something breaks: one dialog for each error, and nothing of the user's data."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QGuiApplication

from embedding_lab import paths
from embedding_lab.log import BadEnd
from embedding_lab_app.shell.crash_dialog import CrashDialog
from embedding_lab_app.shell.crashes import Crashes
from embedding_lab_app.shell.log_dialog import LogDialog

if TYPE_CHECKING:
    from conftest import ScriptedAsker
    from pytestqt.qtbot import QtBot

    from embedding_lab_app.main_window import MainWindow

SECRET = "the patient's diagnosis"


@pytest.fixture
def crashes(window: MainWindow) -> Crashes:
    return Crashes(window)


def fail(crashes: Crashes) -> None:
    """Let an error through that quotes the user's text."""
    try:
        raise KeyError(SECRET)
    except KeyError as error:
        crashes.take(type(error), error, error.__traceback__)


def fail_elsewhere(crashes: Crashes) -> None:
    try:
        int(SECRET)
    except ValueError as error:
        crashes.take(type(error), error, error.__traceback__)


def dialogs(window: MainWindow) -> list[CrashDialog]:
    return [d for d in window.findChildren(CrashDialog) if d.isVisible()]


def test_an_error_is_told_in_a_sentence_with_a_report(window, crashes, qtbot) -> None:
    fail(crashes)
    (dialog,) = dialogs(window)
    texts = [label.text() for label in dialog.findChildren(type(window.status.network))]
    assert texts[0].startswith("Something broke that should not have (KeyError).")
    assert texts[1].startswith("Nothing was sent anywhere.")
    report = dialog.report.toPlainText()
    assert "in fail" in report
    assert SECRET not in report
    assert str(Path.home()) + "/" not in report
    dialog.message_box.setChecked(True)
    assert SECRET in dialog.report.toPlainText()
    dialog.copy_button.click()
    assert QGuiApplication.clipboard().text() == dialog.report.toPlainText()
    dialog.continue_button.click()
    assert dialogs(window) == []
    assert window.isVisible()


def test_a_storm_of_errors_is_one_dialog(window, crashes) -> None:
    for _ in range(50):
        fail(crashes)
    fail_elsewhere(crashes)
    (dialog,) = dialogs(window)
    dialog.continue_button.click()
    fail(crashes)
    assert dialogs(window) == []
    # Another error, of which nothing has been shown, is told.
    fail_elsewhere(crashes)
    assert len(dialogs(window)) == 1
    dialogs(window)[0].continue_button.click()


def test_an_error_in_another_thread_is_shown_by_the_window(window, crashes, qtbot) -> None:
    thread = threading.Thread(target=fail, args=(crashes,))
    thread.start()
    thread.join()
    assert dialogs(window) == [], "no window is made in another thread"
    qtbot.waitUntil(lambda: len(dialogs(window)) == 1)
    dialogs(window)[0].continue_button.click()


def test_everything_nobody_catches_comes_here(window, crashes, monkeypatch) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    crashes.install()
    taken: list[str] = []
    crashes.caught.disconnect()
    crashes.caught.connect(lambda problem: taken.append(problem.kind))
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    window.status.refresh()
    from PySide6.QtWidgets import QApplication

    QApplication.processEvents()
    try:
        raise LookupError
    except LookupError as error:
        sys.excepthook(LookupError, error, error.__traceback__)
    assert sorted(taken) == ["LookupError", "ZeroDivisionError"]


def test_a_wish_to_end_the_program_is_no_error(window, crashes, capsys) -> None:
    crashes.take(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert dialogs(window) == []


def test_the_report_is_saved_where_the_user_wants(
    window, crashes, asker: ScriptedAsker, tmp_path: Path
) -> None:
    fail(crashes)
    (dialog,) = dialogs(window)
    asker.answers["Save the report"] = tmp_path / "report.txt"
    dialog.save_button.click()
    assert (tmp_path / "report.txt").read_text().strip() == dialog.report.toPlainText().strip()
    asker.answers["Save the report"] = tmp_path / "none" / "report.txt"
    dialog.save_button.click()
    assert "No such file" in window.context.notices.history[-1].text
    dialog.continue_button.click()


def test_quit_ends_the_program_as_closing_does(window, crashes) -> None:
    fail(crashes)
    dialogs(window)[0].quit_button.click()
    assert not window.isVisible()


def test_a_run_that_crashed_is_told_at_the_next_start(window, crashes) -> None:
    trace = (
        f'Fatal Python error: Segmentation fault\n\n  File "{Path.home()}/lab/x.py", line 3 in f'
    )
    crashes.tell_bad_ends([BadEnd(time.time(), ""), BadEnd(time.time(), trace)])
    (dialog,) = dialogs(window)
    report = dialog.report.toPlainText()
    assert "Segmentation fault" in report
    assert 'File "~/lab/x.py", line 3' in report
    assert not dialog.message_box.isVisible()
    assert not dialog.quit_button.isVisible()
    dialog.continue_button.click()


def test_a_run_that_was_killed_is_a_notice_only(window, crashes) -> None:
    crashes.tell_bad_ends([BadEnd(time.time(), "")])
    assert dialogs(window) == []
    assert "ended from outside" in window.context.notices.history[-1].text
    n_notices = len(window.context.notices.history)
    crashes.tell_bad_ends([])
    assert len(window.context.notices.history) == n_notices


def test_the_log_is_shown_and_diagnostics_are_copied(window: MainWindow, qtbot: QtBot) -> None:
    window.context.actions["help.log"].run()
    dialog = window.findChild(LogDialog)
    assert dialog is not None
    assert dialog.text.toPlainText() == ""
    line = f"2026-01-01 10:00:00,000 WARNING lab: it says '{SECRET}'"
    paths.log_file().write_text(f"{line}\n")
    dialog.reload()
    assert dialog.text.toPlainText() == line
    dialog.close()
    window.context.actions["help.diagnostics"].run()
    copied = QGuiApplication.clipboard().text()
    assert "it says …" in copied
    assert SECRET not in copied
    assert "PySide6-Essentials" in copied
