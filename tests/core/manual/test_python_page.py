"""The page on Python names everything that can be called, and nothing that cannot."""

from __future__ import annotations

import inspect
import re

import embedding_lab as lab
from embedding_lab.manual.pages import manual_pages
from embedding_lab.study import Study

TEXT = manual_pages()["python"].text


def members() -> set[str]:
    """What a study offers to callers."""
    return {name for name, _ in inspect.getmembers(Study) if not name.startswith("_")}


def test_every_method_of_a_study_is_named() -> None:
    missing = {name for name in members() if not re.search(rf"study\.{name}\b", TEXT)}
    assert missing == set()


def test_no_method_is_named_that_a_study_does_not_have() -> None:
    named = set(re.findall(r"(?<![\w.])study\.([a-z_]+)", TEXT)) - {"embedlab"}
    # An open study holds its workspace besides.
    assert named - members() - {"workspace"} == set()


def test_every_function_of_the_package_is_named_and_exists() -> None:
    named = set(re.findall(r"\blab\.([A-Za-z_]+)", TEXT))
    offered = {name for name in lab.__all__ if not name.startswith("_")} - {"Study"}
    assert named == offered
