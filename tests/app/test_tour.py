"""The tour and the self-check, as programs of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QImage

from embedding_lab_app.pages.registry import PAGES

if TYPE_CHECKING:
    from pathlib import Path


# Enough for every stop; the whole sample takes minutes on a small machine.
N_ROWS = 900


def start(*words: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
    return subprocess.run(
        [sys.executable, "-m", "embedding_lab_app", *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=550,
    )


@pytest.mark.timeout(600)
def test_the_tour_visits_every_page_and_leaves_pictures_and_figures(tmp_path: Path) -> None:
    done = start("--tour", str(tmp_path), "--theme", "light", "--rows", str(N_ROWS), "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result == json.loads((tmp_path / "tour.json").read_text(encoding="utf-8"))
    assert result["passed"] is True
    pages = {page["page"]: page for page in result["pages"]}
    assert pages.keys() >= {entry.page_id for entry in PAGES}
    for page in pages.values():
        assert page["screenshots"]
        for name in page["screenshots"]:
            picture = QImage(str(tmp_path / name))
            assert (picture.width(), picture.height()) == (1280, 800)
    assert pages["corpora"]["figures"]["rows"] > 4000
    assert pages["corpora"]["figures"]["embedded"] == N_ROWS
    assert 0 < pages["search"]["figures"]["ndcg@10"] < 1
    assert pages["prompts"]["figures"]["accuracy"] > 0.3
    assert pages["training"]["figures"]["steps"] == 12
    assert pages["training"]["figures"]["clusters"] > 50
    assert pages["methods"]["figures"]["results"] >= 3
    assert done.stderr == ""


@pytest.mark.timeout(120)
def test_the_self_check_passes_and_says_what_it_checked() -> None:
    done = start("--self-check", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(done.stdout)
    assert result["passed"] is True
    assert len(result["checks"]) == 7
    assert all(check["seconds"] > 0 for check in result["checks"])


def test_a_tour_that_cannot_write_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = start("--tour", str(tmp_path / "file"), "--theme", "light")
    assert done.returncode == 1
    assert "The tour could not be taken" in done.stderr
    assert "Traceback" not in done.stderr
