"""Fixtures for every test: where real data lies, a fresh workspace, and settings of one's own."""

from __future__ import annotations

import os
import runpy
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from encoder_making import HashEncoder

from embedding_lab import paths
from embedding_lab.encoders import pool
from embedding_lab.workspace.workspace import Workspace, create_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

# Nothing in a test may reach for a hub; the libraries read these when they are imported.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"


# Nor may a program that a test starts: Python imports the guard at its start.
GUARD = Path(__file__).parent / "network_guard"
os.environ["PYTHONPATH"] = os.pathsep.join(
    [str(GUARD), *filter(None, [os.environ.get("PYTHONPATH")])]
)
# The test process itself is running already.
runpy.run_path(str(GUARD / "sitecustomize.py"))


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of real data sets and encoders; tests that need it are skipped without it."""
    named = os.environ.get("EMBEDDING_LAB_TEST_DATA")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared"
    if not (folder / "data").is_dir():
        pytest.skip("no folder of real test data (EMBEDDING_LAB_TEST_DATA)")
    return folder


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path) -> Iterator[Path]:
    """Settings, logs and default workspaces of a test lie in its own folder."""
    home = tmp_path / "home"
    home.mkdir()
    # Not with the test's own patches: one that takes them back would be in the user's home.
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("EMBEDDING_LAB_HOME", str(home))
        yield home


@pytest.fixture
def unprepared(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No encoder has been prepared for the fast engine, not even the starter."""
    monkeypatch.setattr(paths, "prepared_folders", lambda: [own_home / "prepared"])


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """A fresh, writable workspace."""
    with create_workspace(tmp_path / "Study.embedlab") as made:
        yield made


@pytest.fixture
def unloaded() -> Iterator[None]:
    """No encoder that a test has loaded stays in memory."""
    yield
    pool.unload_all()


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every encoder is one in NumPy, of the same name and dimension: no engine is loaded."""
    monkeypatch.setattr(pool, "load", lambda record, log=None: HashEncoder(record))
