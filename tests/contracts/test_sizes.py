"""Small files, short functions; the list of exemptions starts empty and stays so."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
MOST_LINES = 500
MOST_FUNCTION_LINES = 80


def sources() -> list[Path]:
    files = [file for part in ("core", "app", "packaging") for file in (ROOT / part).rglob("*.py")]
    assert len(files) > 30
    return files


def test_no_source_file_is_longer_than_five_hundred_lines() -> None:
    long = {str(f): n for f in sources() if (n := len(f.read_text().splitlines())) > MOST_LINES}
    assert long == {}


def test_no_function_is_longer_than_eighty_lines() -> None:
    long = {
        f"{file.name}:{node.name}": node.end_lineno - node.lineno
        for file in sources()
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno > MOST_FUNCTION_LINES
    }
    assert long == {}


def test_source_roots_are_never_packages() -> None:
    for folder in ("", "core", "app", "packaging", "resources", "tests"):
        assert not (ROOT / folder / "__init__.py").exists(), folder
