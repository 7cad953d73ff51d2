"""The scripts that build the samples, loaded from their paths."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

import pytest
from packaging_making import PACKAGING

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

SCRIPTS = PACKAGING / "samples"


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Load a script of the samples from its path; its helpers lie beside it."""
    monkeypatch.syspath_prepend(str(SCRIPTS))

    def load_script(name: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load_script
