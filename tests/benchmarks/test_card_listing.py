"""Listing cards costs little more than parsing their text."""

from __future__ import annotations

import time
import tomllib
from typing import TYPE_CHECKING

import pytest

from embedding_lab.registry.registry import PACKAGE, Registry

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.benchmark
def test_a_hundred_and_fifty_cards_are_listed_in_three_times_their_parsing(tmp_path: Path) -> None:
    source = (PACKAGE / "prompt_optimizers" / "proapo.toml").read_text(encoding="utf-8")
    (tmp_path / "family").mkdir()
    for number in range(150):
        text = source.replace("prompt_optimizers", "family").replace("proapo", f"m{number}")
        (tmp_path / "family" / f"m{number}.toml").write_text(text, encoding="utf-8")
    started = time.process_time()
    for file in (tmp_path / "family").iterdir():
        tomllib.loads(file.read_text(encoding="utf-8"))
    parsing = time.process_time() - started
    started = time.process_time()
    assert len(Registry(tmp_path).list()) == 150
    listing = time.process_time() - started
    print(f"150 cards: parsing {1000 * parsing:.0f} ms, listing {1000 * listing:.0f} ms")
    assert listing < 3 * parsing
