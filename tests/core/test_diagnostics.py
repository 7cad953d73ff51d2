"""Reports that may be shown to others: the program and its errors, nothing of the user's data."""

from __future__ import annotations

import logging
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from embedding_lab import paths
from embedding_lab.diagnostics import diagnostics, error_report, tail, without_home
from embedding_lab.log import Problem, RunMark, bad_ends, problem_of, start_logging
from embedding_lab.version import __version__

SECRET = "the patient's diagnosis"


def broken() -> Problem:
    try:
        {"a": 1}[SECRET]
    except KeyError as error:
        return problem_of(error, error.__traceback__)
    raise AssertionError


@pytest.fixture
def logged() -> logging.Logger:
    root = logging.getLogger()
    before = list(root.handlers)
    level = root.level
    start_logging()
    yield logging.getLogger("embedding_lab.test")
    for handler in [item for item in root.handlers if item not in before]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


def test_a_report_names_program_system_libraries_and_place() -> None:
    report = error_report(broken())
    assert f"Embedding Lab {__version__}" in report
    assert platform.python_version() in report
    assert "numpy " in report
    assert "in broken" in report
    assert "\nKeyError\n" in report
    assert "Nothing was noted." in report


def test_the_errors_own_words_are_left_out_unless_wanted() -> None:
    assert SECRET not in error_report(broken())
    assert SECRET in error_report(broken(), with_message=True)


def test_the_log_comes_without_what_errors_quote(logged: logging.Logger) -> None:
    logged.warning("cannot read the row %r of the file “%s”", SECRET, SECRET)
    try:
        float(SECRET)
    except ValueError:
        logged.exception("it broke")
    logged.warning("two lines\n%s", SECRET)
    assert paths.log_file().read_text().count(SECRET) == 4
    report = diagnostics()
    assert SECRET not in report
    assert "cannot read the row … of the file …" in report
    assert "test_the_log_comes_without_what_errors_quote" in report
    assert "ValueError" in report


def test_the_own_folder_is_shortened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: Path("/home/ada"))
    assert (
        without_home('File "/home/ada/lab/x.py", /home/adam/y') == 'File "~/lab/x.py", /home/adam/y'
    )
    assert without_home("/home/ada") == "~"
    monkeypatch.setattr(Path, "home", lambda: Path("/"))
    assert without_home("/usr/x") == "/usr/x"


def test_the_end_of_a_long_log_is_read(tmp_path: Path) -> None:
    path = tmp_path / "long.log"
    path.write_text("\n".join(str(number) for number in range(200_000)))
    assert tail(path, 3) == ["199997", "199998", "199999"]
    assert tail(tmp_path / "none.log", 3) == []


def test_the_same_error_at_the_same_place_has_the_same_key() -> None:
    first, second = broken(), broken()
    assert first.key == second.key
    assert first.key != Problem("KeyError", "", []).key


def run_until(how: str) -> int:
    code = (
        "from embedding_lab.log import RunMark\n"
        "mark = RunMark(); mark.begin()\n"
        f"import faulthandler, os, signal\n{how}\n"
    )
    return subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode


def test_a_run_that_ended_well_leaves_nothing() -> None:
    assert run_until("mark.end()") == 0
    assert bad_ends() == []
    assert list(paths.log_folder().iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_a_crash_below_python_is_found_once_and_its_trace_is_kept() -> None:
    assert run_until("os.kill(os.getpid(), signal.SIGSEGV)") != 0
    (end,) = bad_ends()
    assert "Segmentation fault" in end.text
    assert 'File "<string>"' in end.text
    (kept,) = paths.log_folder().iterdir()
    assert kept.name.startswith("crash-")
    assert kept.read_text().strip() == end.text
    assert bad_ends() == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_a_killed_run_is_found_and_a_living_one_is_left_alone() -> None:
    assert run_until("os.kill(os.getpid(), signal.SIGKILL)") != 0
    mark = RunMark()
    code = (
        "from embedding_lab.log import bad_ends\n"
        "print([end.text for end in bad_ends()], [end.text for end in bad_ends()])"
    )
    mark.begin()
    try:
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
    finally:
        mark.end()
    assert done.stdout.strip() == "[''] []"
