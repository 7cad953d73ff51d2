"""A package folder with one valid card, to be spoiled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CARD = """
id = "polish"
family = "vases"
title = "Polish"
target = "somewhere.vases.polish:Polish"
summary = "Rubs the vase. It shines."
when_to_use = "The vase is dull."
inputs = ["A vase"]
requires = []

[paper]
title = "On shining"
authors = "A. Rubber"
year = 1999
source = "doi 10.1/1"

[parameters.strokes]
type = "int"
default = 8
min = 1
max = 50
unit = "strokes"
help = "How often to rub"

[parameters.cloth]
type = "choice"
default = "wool"
choices = ["wool", "silk"]
help = "What to rub with"
advanced = true

[[results]]
setting = "Twelve vases"
metric = "shine, %"
against = "no polish"
baseline = 60.0
method = 70.0
difference = 10.0
interval = [4.0, 16.0]
p_value = 0.004
n = 12
verdict = "better"
command = "python rub.py"
"""


@pytest.fixture
def write_card(tmp_path: Path) -> Callable[..., Path]:
    """Write a card after replacing some of its text; return its file."""

    def write(*changes: tuple[str, str], file: str = "vases/polish.toml", text: str = CARD) -> Path:
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write
