"""Encoders shared by the tests of this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.workspace.workspace import Workspace


@pytest.fixture
def chat(unloaded: None, workspace: Workspace, tmp_path: Path) -> EncoderRecord:
    """A language model with a chat template, added as ``chat``."""
    from transformer_making import add_chat_encoder  # loads the full engine

    return add_chat_encoder(workspace, tmp_path)
