"""A workspace with pairs and a tiny encoder to train."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from training_making import add_tiny, make_pairs, use_one_thread

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.workspace.workspace import Workspace


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tiny") / "roberta"


@pytest.fixture
def ready(workspace: Workspace, own_home: Path, tiny_folder: Path) -> Workspace:
    """A workspace with the corpus ``pairs`` and the encoder ``tiny``; one compute thread."""
    use_one_thread()
    make_pairs(workspace)
    add_tiny(workspace, tiny_folder)
    return workspace
