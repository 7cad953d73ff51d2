"""How the command line starts the window's program."""

from __future__ import annotations

import subprocess
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


@pytest.fixture
def passed_on(monkeypatch):
    """What each program that would have been started was told."""
    calls = []

    def run(words, **named):
        calls.append(words[3:])
        return subprocess.CompletedProcess(words, 0)

    monkeypatch.setattr(window_commands.subprocess, "run", run)
    monkeypatch.setattr(window_commands.importlib.util, "find_spec", lambda name: object())
    return calls


def test_the_window_is_started_as_its_own_program(lab, passed_on, tmp_path):
    assert lab().status == 0
    assert lab("--workspace", tmp_path).status == 0
    assert lab("app", tmp_path).status == 0
    assert lab("app", "--sample").status == 0
    assert lab("--workspace", tmp_path, "app", "--new-window", "a.csv", tmp_path).status == 0
    assert lab("tour", "--out", tmp_path, "--theme", "dark", "--json").status == 0
    assert lab("self-check", "--json").status == 0
    folder = str(tmp_path)
    assert passed_on == [
        [], [folder], [folder], ["--sample"],
        ["--new-window", folder, str(Path("a.csv").absolute()), folder],
        ["--tour", folder, "--theme", "dark", "--json"], ["--self-check", "--json"],
    ]  # fmt: skip


def test_without_the_window_a_sentence_says_how_to_get_it(lab, monkeypatch):
    monkeypatch.setattr(window_commands.importlib.util, "find_spec", lambda name: None)
    outcome = lab("app")
    assert outcome.status == 1
    assert "embedding-lab[app]" in outcome.err
