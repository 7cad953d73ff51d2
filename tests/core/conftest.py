"""Core tests run without Qt: importing it here is refused. A stand-in serves as the hub."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from hub_server import StandInHub

from embedding_lab.hub import client
from embedding_lab.settings import load_settings, save_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from importlib.machinery import ModuleSpec
    from pathlib import Path

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


@pytest.fixture
def hub(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandInHub]:
    """A hub on this machine, which the settings name; the user is online and has no token."""
    monkeypatch.setattr(client, "FIRST_PAUSE_S", 0.01)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    with StandInHub() as served:
        settings = load_settings()
        settings.offline, settings.hub_endpoint = False, served.endpoint
        save_settings(settings)
        yield served
