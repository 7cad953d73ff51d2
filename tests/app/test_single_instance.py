"""Starting the program again: the window that is there comes forward and opens what was meant."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

import pytest
from PySide6.QtNetwork import QLocalSocket

from embedding_lab import paths
from embedding_lab.workspace.pointer import POINTER_FILE
from embedding_lab.workspace.workspace import create_workspace
from embedding_lab_app import single_instance
from embedding_lab_app.later_starts import LaterStarts
from embedding_lab_app.single_instance import TOKEN, InstanceServer, Request, hand_over

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytestqt.qtbot import QtBot

    from embedding_lab_app.main_window import MainWindow

CHILD = Path(__file__).parents[1] / "window_child.py"
PATIENCE_S = 40


class Program:
    """The program in a process of its own."""

    def __init__(self, *words: object) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(CHILD), *map(str, words)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._lines: SimpleQueue[str] = SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.strip())

    def wait_for(self, word: str) -> str:
        """Return the next line that begins with a word."""
        while True:
            try:
                line = self._lines.get(timeout=PATIENCE_S)
            except Empty:
                raise AssertionError(f"the program never said {word}") from None
            if line.startswith(word):
                return line

    def close(self) -> int:
        with suppress(OSError, ValueError):
            self.process.communicate("close\n", timeout=PATIENCE_S)
        return self.process.wait(PATIENCE_S)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE_S)


@pytest.fixture
def start() -> Iterator[Callable[..., Program]]:
    made: list[Program] = []

    def run(*words: object) -> Program:
        made.append(Program(*words))
        return made[-1]

    yield run
    for program in made:
        if program.process.poll() is None:
            program.process.kill()
            program.process.wait()
        for stream in (program.process.stdin, program.process.stdout):
            if stream is not None:
                stream.close()


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tmp_path / "Other study.embedlab"
    create_workspace(folder).close()
    return folder


@pytest.mark.timeout(200)
@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_second_start_hands_over_and_a_killed_window_is_replaced(
    start: Callable[..., Program], study: Path, tmp_path: Path
) -> None:
    table = tmp_path / "a.csv"
    table.write_text("text\nhello\n")
    first = start(study)
    assert first.wait_for("opened") == f"opened {study}"
    first.wait_for("shown")

    # The same workspace by its pointer file, and something to look at.
    second = start(study / POINTER_FILE, table)
    assert second.process.wait(PATIENCE_S) == 0
    first.wait_for("forward")
    assert str(table) in first.wait_for("corpora")
    # Without a word: the workspace used last.
    third = start()
    assert third.process.wait(PATIENCE_S) == 0
    first.wait_for("forward")
    # A window of its own only shows.
    other = start("--new-window", study)
    assert "It is open elsewhere" in other.wait_for("opened")
    assert other.close() == 0
    assert hand_over(study), "the window that only shows must not have taken over"
    first.wait_for("forward")

    first.kill()
    assert list(paths.socket_folder().iterdir()), "a killed window leaves its socket"
    next_one = start(study)
    assert next_one.wait_for("opened") == f"opened {study}"
    assert "ended from outside" in next_one.wait_for("notice")
    assert hand_over(study)
    next_one.wait_for("forward")
    assert next_one.close() == 0
    assert not hand_over(study)
    assert list(paths.log_folder().glob("run-*")) == []


def test_another_workspace_gets_a_window_of_its_own(study: Path, tmp_path: Path, qapp) -> None:
    server = InstanceServer()
    server.listen(study)
    assert not hand_over(tmp_path / "Other.embedlab")
    server.close()


def test_a_workspace_that_has_a_window_is_not_opened_in_another_one(
    start: Callable[..., Program], study: Path, window: MainWindow
) -> None:
    other = start(study)
    other.wait_for("shown")
    window.context.workspace_requested.emit(study)
    other.wait_for("forward")
    assert window.context.workspace.folder != study
    assert "in a window of its own" in window.context.notices.history[-1].text
    assert other.close() == 0
    window.context.workspace_requested.emit(study)
    assert window.context.workspace.folder == study


@pytest.fixture
def starts(window: MainWindow) -> LaterStarts:
    made = LaterStarts(window)
    made.server.listen(window.context.workspace.folder)
    return made


def send(folder: Path, content: bytes, qtbot: QtBot) -> bytes:
    """Send something to a window of this process, in pieces, and return its answer."""
    socket = QLocalSocket()
    socket.connectToServer(single_instance._address(folder))
    qtbot.waitUntil(lambda: socket.state() is QLocalSocket.LocalSocketState.ConnectedState)
    half = len(content) // 2
    socket.write(content[:half])
    socket.flush()
    qtbot.wait(20)
    socket.write(content[half:])
    socket.flush()
    received = bytearray()
    with suppress(Exception):
        qtbot.waitUntil(
            lambda: received.extend(socket.readAll().data()) or bool(received), timeout=1500
        )
    socket.abort()
    return bytes(received)


def test_what_is_wanted_and_what_could_not_be_opened_reach_the_window(
    window: MainWindow, starts: LaterStarts, tmp_path: Path, qtbot: QtBot, monkeypatch
) -> None:
    monkeypatch.delenv(TOKEN, raising=False)
    table = tmp_path / "a.csv"
    table.write_text("text\nhello\n")
    request = (
        f'{{"files": ["{table.as_posix()}"], "problems": ["x.csv is not there."], "token": "t1"}}\n'
    )
    window.showMinimized()
    assert send(window.context.workspace.folder, request.encode(), qtbot) == b"taken\n"
    assert window.current_page().page_id == "corpora"
    assert not window.isMinimized()
    assert window.context.notices.history[-1].text == "x.csv is not there."
    assert os.environ[TOKEN] == "t1"


@pytest.mark.parametrize("content", [b"[]\n", b"{\n", b'{"files": 3}\n', b"\xff\n"])
def test_nonsense_is_answered_and_ignored(
    window: MainWindow, starts: LaterStarts, qtbot: QtBot, content: bytes
) -> None:
    asked: list[Request] = []
    starts.server.asked.connect(asked.append)
    assert send(window.context.workspace.folder, content, qtbot) == b"taken\n"
    assert asked == []


def test_a_request_without_end_is_cut_off(
    window: MainWindow, starts: LaterStarts, qtbot: QtBot, monkeypatch
) -> None:
    monkeypatch.setattr(single_instance, "LONGEST_REQUEST", 1000)
    assert send(window.context.workspace.folder, b"x" * 4000, qtbot) == b""


def test_the_window_answers_for_the_workspace_it_shows_and_only_if_it_may_write(
    window: MainWindow, starts: LaterStarts, tmp_path: Path, qtbot: QtBot
) -> None:
    first = window.context.workspace.folder
    other = tmp_path / "Other.embedlab"
    create_workspace(other).close()
    window.context.workspace_requested.emit(other)
    assert not hand_over(first)
    assert send(other, b"{}\n", qtbot) == b"taken\n"
    with create_workspace(tmp_path / "Taken.embedlab") as taken:
        window.context.workspace_requested.emit(taken.folder)
        assert not window.context.workspace.is_writable
        assert not hand_over(other)
        assert not hand_over(taken.folder)


def test_a_window_that_does_not_answer_is_given_up(
    window: MainWindow, starts: LaterStarts, monkeypatch
) -> None:
    """Both ends live in this thread, so nobody answers while the client waits."""
    monkeypatch.setattr(single_instance, "ANSWER_MS", 100)
    assert not hand_over(window.context.workspace.folder)


@pytest.mark.skipif(sys.platform == "win32", reason="pipes have no mode")
def test_only_this_user_can_reach_the_socket(window: MainWindow, starts: LaterStarts) -> None:
    address = Path(single_instance._address(window.context.workspace.folder))
    assert address.is_socket()
    assert address.stat().st_mode & 0o077 == 0
    assert address.parent.stat().st_mode & 0o077 == 0


def test_every_way_to_a_folder_is_the_same_address(study: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.embedlab"
    link.symlink_to(study)
    assert single_instance._address(link) == single_instance._address(study)
    assert single_instance._address(study / ".." / study.name) == single_instance._address(study)
