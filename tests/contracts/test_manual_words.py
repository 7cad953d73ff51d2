"""What the manual calls a part of the window is what stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import embedding_lab
import embedding_lab_app
from embedding_lab import resources

PAGES = sorted(resources.path("manual").glob("*.md"))
PACKAGES = (embedding_lab, embedding_lab_app)
SOURCE = "\n".join(
    file.read_text(encoding="utf-8")
    for package in PACKAGES
    for file in Path(str(package.__file__)).parent.rglob("*")
    if file.suffix in {".py", ".toml"}
).replace("&", "")
# Names of bundled data and of files, and a folder of the system's, which no program text needs.
ELSEWHERE = {"Pairs with scores", "Open in Embedding Lab.embedlab", "Applications"}


def names(text: str) -> list[str]:
    """Return what is set in italics and begins with a capital letter: titles of the window."""
    text = re.sub(r"```.*?```|\*\*[^*]+\*\*", "", text, flags=re.DOTALL).replace("\n", " ")
    found = re.findall(r"(?<!\*)\*([A-Z][^*]{1,60})\*(?!\*)", text)
    return [part for name in found for part in name.split(" ▸ ")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_title_that_a_page_names_stands_in_the_window(page: Path) -> None:
    named = names(page.read_text(encoding="utf-8"))
    unknown = [name for name in named if name.rstrip("…") not in SOURCE and name not in ELSEWHERE]
    assert unknown == []
