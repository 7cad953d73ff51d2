"""A workspace shared by the tests of upgrading it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from upgrade_making import unpack_old

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A workspace of format 1."""
    return unpack_old(tmp_path)
