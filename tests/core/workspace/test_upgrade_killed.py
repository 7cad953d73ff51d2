"""An upgrade and going back that die at any operation are finished or taken back."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from upgrade_making import digests, read_everything, require_upgraded

from embedding_lab.workspace import record
from embedding_lab.workspace.backups import list_backups
from embedding_lab.workspace.record import RestoreNeededError
from embedding_lab.workspace.upgrade import restore_backup, upgrade_workspace
from embedding_lab.workspace.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable


CHILD = Path(__file__).parents[2] / "upgrade_child.py"


def kill(act: str, folder: Path, number: int) -> bool:
    """Let a program die at an operation; return whether it got as far as that."""
    command = [sys.executable, str(CHILD), act, str(folder), str(number)]
    done = subprocess.run(command, check=False, timeout=50, capture_output=True, text=True)
    assert done.returncode in {0, -9}, done.stderr
    return done.returncode == -9


def killed_everywhere(old: Path, act: str, then: Callable[[Path, int], None], stride: int) -> int:
    """Repeat an act, dying later each time, until it survives; return how often it died."""
    n_deaths, number = 0, 1
    while True:
        folder = old.with_name(f"{number}.embedlab")
        shutil.copytree(old, folder)
        if not kill(act, folder, number):
            return n_deaths
        n_deaths += 1
        read_everything(folder)
        then(folder, number)
        shutil.rmtree(folder)
        number += stride


EVERY = pytest.param(1, marks=[pytest.mark.slow, pytest.mark.timeout(900)])


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot kill itself in this way")
@pytest.mark.parametrize("stride", [7, EVERY])
def test_killed_anywhere_an_upgrade_is_finished_or_taken_back(old: Path, stride: int) -> None:
    before = digests(old)

    def then(folder: Path, number: int) -> None:
        if number % 2 or not list_backups(folder):
            upgrade_workspace(folder)
            require_upgraded(folder)
        else:
            restore_backup(folder)
            assert digests(folder) == before

    assert killed_everywhere(old, "upgrade", then, stride) > 10


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot kill itself in this way")
@pytest.mark.parametrize("stride", [7, EVERY])
def test_killed_anywhere_going_back_is_finished(old: Path, stride: int) -> None:
    before = digests(old)
    upgrade_workspace(old)

    def then(folder: Path, number: int) -> None:
        first = min(backup.name for backup in list_backups(folder))
        if record.read_record(folder).get("changing"):
            with pytest.raises(RestoreNeededError, match="was cut short"):
                open_workspace(folder)
            with pytest.raises(RestoreNeededError):
                upgrade_workspace(folder)
            restore_backup(folder)
        elif record.read_record(folder)["schema_version"] == 2:
            restore_backup(folder, first)
        assert digests(folder) == before

    assert killed_everywhere(old, "restore", then, stride) > 10
