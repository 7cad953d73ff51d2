"""How the command line starts the window's program."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from embedding_lab.cli import window_commands
from embedding_lab.errors import LabError


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The programs that would have been started."""
    programs: list[list[str]] = []

    class _Done:
        returncode = 3

    def run(command: list[str], **_options: object) -> _Done:
        programs.append(command)
        return _Done()

    monkeypatch.setattr(window_commands.subprocess, "run", run)
    return programs


def test_an_installed_program_starts_itself_as_the_window(
    started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(Path("/opt/embedding-lab/embedding-lab")))
    assert window_commands.start_window(["--self-check"]) == 3
    assert started == [["/opt/embedding-lab/embedding-lab", "--window", "--self-check"]]


def test_a_checkout_starts_the_windows_module(
    started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window_commands.importlib.util, "find_spec", lambda _name: object())
    assert window_commands.start_window([]) == 3
    assert started == [[sys.executable, "-m", "embedding_lab_app"]]


def test_without_the_window_the_sentence_says_how_to_get_it(
    started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window_commands.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(LabError, match="not installed here"):
        window_commands.start_window([])
    assert started == []
