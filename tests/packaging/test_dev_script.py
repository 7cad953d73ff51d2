"""The set-up script's decisions, without installing anything."""

from __future__ import annotations

import importlib.util
import subprocess
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[2] / "packaging" / "dev.py"


@pytest.fixture
def dev(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    spec = importlib.util.spec_from_file_location("dev_script", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "requirements.txt").write_text("numpy==2.4.6\n")
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "STAMP", tmp_path / ".venv" / "stamp.txt")
    monkeypatch.setattr(module, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(module, "REQUIREMENTS", tmp_path / "requirements.txt")
    monkeypatch.setattr(module, "LOG", tmp_path / "build" / "setup.log")
    return module


@pytest.fixture
def steps(dev: Any, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands the script would run, none of which is run."""
    ran: list[list[str]] = []

    def record(_title: str, commands: list[list[str]]) -> None:
        ran.extend(commands)
        dev.PYTHON.parent.mkdir(parents=True, exist_ok=True)
        dev.PYTHON.touch()

    monkeypatch.setattr(dev, "step", record)
    return ran


def test_torch_is_installed_before_everything_else(dev: Any, steps: list[list[str]]) -> None:
    dev.ensure_environment()
    assert steps[0][1:3] == ["-m", "venv"]
    assert steps[1][-1] == "torch==2.13.0"
    assert steps[2][-2:] == ["-r", str(dev.REQUIREMENTS)]
    assert "-e" in steps[3]


def test_a_finished_environment_is_left_alone(dev: Any, steps: list[list[str]]) -> None:
    dev.ensure_environment()
    steps.clear()
    dev.ensure_environment()
    assert steps == []


@pytest.mark.parametrize("name", ["requirements.txt", "pyproject.toml"])
def test_other_requirements_bring_the_environment_up_to_date(
    dev: Any, steps: list[list[str]], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    dev.ensure_environment()
    steps.clear()
    (dev.ROOT / name).write_text("numpy==2.4.7\n")
    monkeypatch.setattr(dev, "environment_works", lambda: True)
    dev.ensure_environment()
    assert next(command[-1] for command in steps) == "torch==2.13.0"


def test_an_environment_killed_in_the_middle_is_completed(
    dev: Any, steps: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    dev.ensure_environment()
    dev.STAMP.unlink()
    steps.clear()
    monkeypatch.setattr(dev, "environment_works", lambda: True)
    dev.ensure_environment()
    assert "venv" not in steps[0]
    assert dev.STAMP.exists()


def test_an_environment_that_does_not_start_is_made_again(dev: Any, steps: list[list[str]]) -> None:
    dev.PYTHON.parent.mkdir(parents=True)
    dev.PYTHON.write_text("not a program")
    dev.PYTHON.chmod(0o755)
    (dev.VENV / "left over").touch()
    dev.ensure_environment()
    assert steps[0][1:3] == ["-m", "venv"]
    assert not (dev.VENV / "left over").exists()


def debian(dev: Any, monkeypatch: pytest.MonkeyPatch, *, user: int, missing: list[str]) -> None:
    monkeypatch.setattr(dev.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(dev, "missing_packages", lambda _: missing)
    monkeypatch.setattr(dev.os, "geteuid", lambda: user)


def test_root_on_debian_installs_what_is_missing(
    dev: Any, steps: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    debian(dev, monkeypatch, user=0, missing=["libegl1"])
    dev.ensure_system_packages(("libegl1",), is_required=True)
    assert steps[0] == ["apt-get", "update"]
    assert steps[1][-1] == "libegl1"


def test_others_on_debian_get_the_one_command(
    dev: Any, steps: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    debian(dev, monkeypatch, user=1000, missing=["libegl1", "xvfb"])
    with pytest.raises(dev.SetupError, match=r"sudo apt-get install -y .* libegl1 xvfb"):
        dev.ensure_system_packages(("libegl1", "xvfb"), is_required=True)
    assert steps == []


def test_a_complete_system_asks_for_nothing(
    dev: Any, steps: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    debian(dev, monkeypatch, user=1000, missing=[])
    dev.ensure_system_packages(("libegl1",), is_required=True)
    assert steps == []


def test_dpkg_tells_what_is_missing(dev: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    done = subprocess.CompletedProcess([], 1, "libegl1 installed\nxvfb not-installed\n", "")
    monkeypatch.setattr(dev.subprocess, "run", lambda *_, **__: done)
    assert dev.missing_packages(("libegl1", "xvfb", "unknown")) == ["xvfb", "unknown"]


@pytest.mark.parametrize(
    ("display", "expected"), [("", "--tour"), (":0", "--sample")], ids=["none", "one"]
)
def test_without_a_display_run_walks_the_tour(
    dev: Any, monkeypatch: pytest.MonkeyPatch, display: str, expected: str
) -> None:
    called: list[list[str]] = []
    monkeypatch.setattr(dev, "call", lambda command, *_: called.append(command) or 0)
    monkeypatch.setattr(dev, "has_display", lambda: bool(display))
    assert dev.run([]) == 0
    assert expected in called[0]


def test_every_check_runs_even_if_one_fails(
    dev: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    called: list[str] = []

    def call(command: list[str], _environment: Any = None) -> int:
        called.append(" ".join(command[1:3]))
        return 1 if "mypy" in command else 0

    monkeypatch.setattr(dev, "call", call)
    assert dev.test([]) == 1
    assert len(called) == len(dev.CHECKS)
    assert called[-1] == "-m pytest"
    assert "Failed: Types" in capsys.readouterr().out


def test_a_failed_step_shows_its_last_lines(dev: Any) -> None:
    with pytest.raises(dev.SetupError, match=r"no such thing[\s\S]*This step failed: sh"):
        dev.step("Trying", [["sh", "-c", "echo no such thing; exit 3"]])


def test_unknown_commands_get_the_help(dev: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert dev.main(["dance"]) == 2
    assert "packaging/dev.py run" in capsys.readouterr().out
