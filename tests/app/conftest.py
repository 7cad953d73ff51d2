"""The window's test bench: no leaks, no dialogs, settings of one's own."""

from __future__ import annotations

import gc
import os
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QEvent, QThread
from PySide6.QtWidgets import QApplication
from window_driving import wait_idle

from embedding_lab_app.application import make_window
from embedding_lab_app.asker import Asker
from embedding_lab_app.theme import Theme

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from embedding_lab_app.main_window import MainWindow


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that opens a window."""
    for item in items:
        if "qapp" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.gui)


@dataclass
class ScriptedAsker(Asker):
    """Answers without a dialog, and keeps what was asked."""

    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def __init__(self) -> None:
        super().__init__()
        self.answers = {}
        self.asked = []

    def _answer(self, title: str, default: Any) -> Any:
        self.asked.append(title)
        return self.answers.get(title, default)

    def files(self, title: str, name_filter: str = "") -> list[Path]:
        return list(self._answer(title, []))

    def folder(self, title: str) -> Path | None:
        return self._answer(title, None)

    def save_file(self, title: str, suggestion: str, name_filter: str = "") -> Path | None:
        return self._answer(title, None)

    def text(self, title: str, label: str, value: str = "") -> str | None:
        return self._answer(title, None)

    def confirm(
        self,
        title: str,
        sentence: str,
        act: str,
        *,
        is_dangerous: bool = False,
        otherwise: str = "Cancel",
    ) -> bool:
        return bool(self._answer(title, True))


@pytest.fixture(autouse=True)
def no_leaks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test that leaves a window, a Qt thread or a Python thread behind."""
    if "qapp" not in request.fixturenames:
        yield
        return
    started: list[QThread] = []
    start = QThread.start

    def recording_start(thread: QThread, *arguments: Any) -> None:
        started.append(thread)
        start(thread, *arguments)

    monkeypatch.setattr(QThread, "start", recording_start)
    threads_before = set(threading.enumerate())
    windows_before = set(map(id, QApplication.topLevelWidgets()))
    # As in the program: garbage that a job's thread collects may be what is just being painted.
    gc.disable()
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    gc.enable()
    # Whatever has survived until here is not looked at again: with the engines loaded, every
    # collection would walk through a million objects of theirs.
    gc.freeze()
    left = [_name(thread) for thread in started if _is_running(thread)]
    left += [
        repr(widget)
        for widget in QApplication.topLevelWidgets()
        if id(widget) not in windows_before and widget.parent() is None
    ]
    left += [
        repr(thread)
        for thread in threading.enumerate()
        if thread not in threads_before and not thread.daemon
    ]
    assert left == [], "left behind after the test"


def _is_running(thread: QThread) -> bool:
    try:
        return thread.isRunning()
    except RuntimeError:  # the C++ side is gone, as it should be
        return False


def _name(thread: QThread) -> str:
    return f"{type(thread).__name__} {getattr(thread, 'run_id', '')}"


@pytest.fixture
def asker() -> ScriptedAsker:
    """The answers a test gives to the window's questions."""
    return ScriptedAsker()


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    """The house's look in light."""
    made = Theme(qapp, "light")
    yield made
    made.deleteLater()


@pytest.fixture
def make_main_window(
    theme: Theme, asker: ScriptedAsker, tmp_path: Path, qtbot: QtBot
) -> Iterator[Callable[..., MainWindow]]:
    """Make windows that are closed after the test, whatever happened in it."""
    made: list[MainWindow] = []

    def make(folder: Path | None = None) -> MainWindow:
        window = make_window(theme, asker)
        made.append(window)
        wanted = folder or tmp_path / "Study.embedlab"
        if wanted.exists():
            window.context.open_workspace(wanted)
        else:
            window.context.create_workspace(wanted)
        window.show()
        qtbot.waitExposed(window)
        return window

    yield make
    for window in made:
        window.context.runner.cancel_all()
        wait_idle(window.context.runner, qtbot)
        asker.answers["Jobs are running"] = True
        window.close()
        window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def window(make_main_window: Callable[..., MainWindow]) -> MainWindow:
    """The window on a fresh workspace."""
    return make_main_window()
