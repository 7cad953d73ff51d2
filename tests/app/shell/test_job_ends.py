"""What is seen of jobs outside the window: its title, its icon, and a message when one ends."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtWidgets import QApplication
from window_driving import wait_idle

from embedding_lab.errors import LabError
from embedding_lab.jobs.events import JobProgressed
from embedding_lab.jobs.job import Job
from embedding_lab.jobs.meter import Pace
from embedding_lab.workspace.workspace import Workspace
from embedding_lab_app.jobs.entry import JobEntry
from embedding_lab_app.shell import desktop_message, job_ends
from embedding_lab_app.shell.desktop_message import tell_linux
from embedding_lab_app.shell.job_progress import percent_of_longest
from embedding_lab_app.shell.launcher_entry import DESKTOP_FILE, LauncherEntry

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from embedding_lab.jobs.context import JobContext
    from embedding_lab_app.main_window import MainWindow

go_on = threading.Event()


@dataclass(frozen=True)
class Work(Job[Workspace]):
    """Comes to 42 per cent and waits there."""

    fails: bool = False

    @property
    def title(self) -> str:
        return "Some work"

    def run(self, ctx: JobContext[Workspace]) -> dict[str, Any]:
        ctx.progress(420, 1000)
        while not go_on.wait(0.01):
            ctx.check()
        if self.fails:
            raise LabError("The disk is full.")
        return {}


@pytest.fixture
def told(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The messages that would go to the desktop; every job counts as long."""
    go_on.set()
    monkeypatch.setattr(job_ends, "LONG_S", 0)
    monkeypatch.setattr(type(window), "isActiveWindow", lambda _: False)
    sent: list[tuple[str, str]] = []
    monkeypatch.setattr(
        window.job_ends.message, "show", lambda title, text: sent.append((title, text))
    )
    return sent


def run(window: MainWindow, job: Job[Any], qtbot: QtBot) -> None:
    window.context.runner.submit(job)
    wait_idle(window.context.runner, qtbot)


def test_the_title_shows_how_far_the_job_is(window: MainWindow, qtbot: QtBot) -> None:
    assert window.windowTitle() == "Study - Embedding Lab"
    go_on.clear()
    window.context.runner.submit(Work())
    qtbot.waitUntil(lambda: window.windowTitle() == "42 % · Study - Embedding Lab")
    go_on.set()
    qtbot.waitUntil(lambda: window.windowTitle() == "Study - Embedding Lab")


def test_the_job_with_the_longest_way_to_go_counts() -> None:
    def entry(step: int, total: int, seconds_left: float | None) -> JobEntry:
        made = JobEntry(run_id="x", job=Work())
        made.progress = JobProgressed(step=step, total=total)
        made.pace = Pace(rate=None, seconds_left=seconds_left)
        return made

    waiting = JobEntry(run_id="y", job=Work())
    assert percent_of_longest([]) is None
    assert percent_of_longest([waiting, entry(5, 0, None)]) is None
    assert percent_of_longest([entry(9, 10, 3.0), entry(1, 10, 90.0), waiting]) == 10
    assert percent_of_longest([entry(12, 10, None)]) == 100


def test_a_long_job_that_ends_unseen_is_told(window, told, qtbot, monkeypatch) -> None:
    alerted: list[object] = []
    monkeypatch.setattr(QApplication, "alert", lambda *words: alerted.append(words[0]))
    run(window, Work(), qtbot)
    run(window, Work(fails=True), qtbot)
    assert told == [("Some work", "Done."), ("Some work", "The disk is full.")]
    assert alerted == [window, window]


def test_nothing_is_told_of_short_jobs(window, told, qtbot, monkeypatch) -> None:
    monkeypatch.setattr(job_ends, "LONG_S", 20)
    run(window, Work(), qtbot)
    assert told == []


def test_nothing_is_told_to_somebody_who_looks(window, told, qtbot, monkeypatch) -> None:
    monkeypatch.setattr(type(window), "isActiveWindow", lambda _: True)
    run(window, Work(), qtbot)
    assert told == []


def test_nothing_is_told_of_what_the_user_cancelled(window, told, qtbot) -> None:
    go_on.clear()
    run_id = window.context.runner.submit(Work())
    window.context.runner.cancel(run_id)
    wait_idle(window.context.runner, qtbot)
    assert told == []


def test_the_setting_turns_messages_off(window, told, qtbot) -> None:
    window.context.settings = replace(window.context.settings, notify_job_ends=False)
    run(window, Work(), qtbot)
    assert told == []


def test_an_invisible_window_sends_nothing(window: MainWindow) -> None:
    assert not window.job_ends.message.show("a", "b")
    assert not LauncherEntry().show(42)


def wait_for_file(path: Path) -> str:
    for _ in range(200):
        if path.exists() and (text := path.read_text()):
            return text
        time.sleep(0.05)
    raise AssertionError(f"{path} was not written")


@pytest.mark.skipif(sys.platform != "linux", reason="a way of Linux")
def test_the_desktops_own_program_takes_the_message_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in on the path writes down what it is called with."""
    tool = tmp_path / "notify-send"
    tool.write_text('#!/bin/sh\nfor word; do printf "%s|" "$word"; done > "$0.txt"\n')
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert tell_linux("-n $(id)", "5 % · “done”; rm -rf")
    written = wait_for_file(tmp_path / "notify-send.txt")
    assert written == "--app-name|Embedding Lab|--|-n $(id)|5 % · “done”; rm -rf|"


@pytest.mark.skipif(sys.platform != "linux", reason="a way of Linux")
def test_without_such_a_program_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desktop_message.shutil, "which", lambda _: None)
    assert not tell_linux("a", "b")


def run_on_a_bus(act: str) -> None:
    """Run a command of the shell on a message bus of its own; it must succeed."""
    done = subprocess.run(
        ["dbus-run-session", "--", "sh", "-c", act],
        capture_output=True,
        text=True,
        timeout=55,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(
    not (shutil.which("dbus-run-session") and shutil.which("gdbus")), reason="needs a session bus"
)
def test_the_bar_on_the_icon_reaches_the_bus_of_the_session(tmp_path: Path) -> None:
    """On a bus of its own, where a listener writes down the signal."""
    script = tmp_path / "show.py"
    script.write_text(
        "from PySide6.QtCore import QCoreApplication\n"
        "from PySide6.QtWidgets import QApplication\n"
        "app = QCoreApplication([])\n"
        "QApplication.platformName = staticmethod(lambda: 'wayland')\n"
        "from embedding_lab_app.shell.launcher_entry import LauncherEntry\n"
        "entry = LauncherEntry()\n"
        "import time\n"
        "for percent in (42, None):\n"
        "    assert entry.show(percent)\n"
        "    app.processEvents(); time.sleep(0.2)\n"
    )
    heard = tmp_path / "heard.txt"
    listen = (
        f"dbus-monitor \"interface='com.canonical.Unity.LauncherEntry'\" > {heard} & M=$!; "
        f"sleep 1; {sys.executable} {script}; S=$?; sleep 0.5; kill $M; exit $S"
    )
    run_on_a_bus(listen)
    text = heard.read_text()
    assert f'string "application://{DESKTOP_FILE}.desktop"' in text
    assert "double 0.42" in text
    assert text.count("member=Update") == 2
    assert text.rindex("boolean false") > text.rindex("boolean true")


TITLE, TEXT = "Embedding “it's mine”", "-1 row; $(id) \\ 'x'\nsecond"
SERVICE = """
import sys
from PySide6.QtCore import ClassInfo, QCoreApplication, QObject, QTimer, Slot
from PySide6.QtDBus import QDBusConnection

app = QCoreApplication([])

@ClassInfo({"D-Bus Interface": "org.freedesktop.Notifications"})
class Notifications(QObject):
    @Slot(str, "uint", str, str, str, "QStringList", "QVariantMap", int, result="uint")
    def Notify(self, name, replaced, icon, title, text, actions, hints, shown_ms):
        with open(sys.argv[1], "w") as file:
            file.write(repr((name, title, text)))
        app.quit()
        return 1

desktop, bus = Notifications(), QDBusConnection.sessionBus()
slots = QDBusConnection.RegisterOption.ExportAllSlots
assert bus.registerObject("/org/freedesktop/Notifications", desktop, slots)
assert bus.registerService("org.freedesktop.Notifications")
QTimer.singleShot(45_000, app.quit)
app.exec()
"""


@pytest.mark.skipif(
    not (shutil.which("dbus-run-session") and shutil.which("gdbus")), reason="needs a session bus"
)
def test_a_message_reaches_the_desktop_over_the_bus(tmp_path: Path) -> None:
    """On a bus of its own, where a stand-in for the desktop writes the message down."""
    service, sender, heard = (tmp_path / name for name in ("service.py", "send.py", "heard.txt"))
    service.write_text(SERVICE)
    sender.write_text(
        "import shutil\n"
        "from PySide6.QtCore import QCoreApplication\n"
        "from embedding_lab_app.shell import desktop_message\n"
        "app = QCoreApplication([])\n"
        "found = shutil.which\n"
        "desktop_message.shutil.which = lambda n: found(n) if n == 'gdbus' else None\n"
        f"assert desktop_message.tell_linux({TITLE!r}, {TEXT!r})\n"
    )
    act = (
        f"{sys.executable} {service} {heard} & S=$!; "
        "gdbus wait --session --timeout 30 org.freedesktop.Notifications && "
        f"{sys.executable} {sender}; wait $S"
    )
    run_on_a_bus(act)
    assert heard.read_text() == repr(("Embedding Lab", TITLE, TEXT))
