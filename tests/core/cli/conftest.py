"""The command line in this process, on a workspace of its own, without loading an engine."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from embedding_lab.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True)
class Outcome:
    """How a command line ended and what it wrote."""

    status: int
    out: str
    err: str

    @property
    def value(self) -> Any:
        """The one JSON object on standard output."""
        return json.loads(self.out)


@pytest.fixture
def lab(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    no_engine: None,
) -> Callable[..., Outcome]:
    """Run one command line: ``lab("corpus", "list")``; a workspace has been made before."""
    monkeypatch.setenv("COLUMNS", "120")

    def run(*words: object) -> Outcome:
        capsys.readouterr()
        status = main([str(word) for word in words])
        return Outcome(status, *capsys.readouterr())

    assert run("workspace", "new", tmp_path / "Study.embedlab").status == 0
    return run


@pytest.fixture
def animals(tmp_path: Path) -> Path:
    """A file of six rows, one of them without text."""
    rows = [
        ("w1", "whale", "sea", 1851),
        ("w2", "shark in the water", "sea", 1975),
        ("l1", "lion", "land", 1994),
        ("w3", "whale", "sea", 2003),
        ("x1", "", "none", 1),
        ("b1", "blackbird", "air", 1900),
    ]
    lines = [
        json.dumps({"id": i, "text": text, "label": label, "year": year})
        for i, text, label, year in rows
    ]
    path = tmp_path / "animals.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def embedded(lab: Callable[..., Outcome], animals: Path) -> Callable[..., Outcome]:
    """The same with those rows imported and embedded."""
    assert lab("corpus", "import", animals).status == 0
    assert lab("embed", "animals").status == 0
    return lab
