"""Core tests run without Qt: importing it here is refused."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from importlib.machinery import ModuleSpec

REFUSED = ("PySide6", "shiboken6", "embedding_lab_app")


class _QtRefuser:
    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: object = None
    ) -> ModuleSpec | None:
        if name.split(".", maxsplit=1)[0] in REFUSED:
            raise ImportError(f"a core test must not import {name}")
        return None


@pytest.fixture(autouse=True)
def without_qt() -> Iterator[None]:
    """Refuse Qt for the length of a test."""
    refuser = _QtRefuser()
    sys.meta_path.insert(0, refuser)  # type: ignore[arg-type]
    yield
    sys.meta_path.remove(refuser)  # type: ignore[arg-type]
