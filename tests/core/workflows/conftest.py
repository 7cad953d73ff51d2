"""Encoders and corpora shared by the tests of this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from animals_making import make_judged_animals
from embedding_making import documents
from encoder_making import HashEncoder
from study_making import make_corpus

from embedding_lab.encoders import pool
from embedding_lab.encoders.store import EncoderStore

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.workspace import Workspace


@pytest.fixture
def chat(unloaded: None, workspace: Workspace, tmp_path: Path) -> EncoderRecord:
    """A language model with a chat template, added as ``chat``."""
    from transformer_making import add_chat_encoder  # loads the full engine

    return add_chat_encoder(workspace, tmp_path)


@pytest.fixture
def hash_encoder(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> HashEncoder:
    """The encoder in NumPy, taking the starter's place."""
    encoder = HashEncoder(EncoderStore(workspace).get("starter"))

    def load(record: Any, log: Any = None) -> HashEncoder:
        if log is not None:
            log("Loading engine…")
        return encoder

    monkeypatch.setattr(pool, "load", load)
    return encoder


@pytest.fixture
def corpus(workspace: Workspace) -> Corpus:
    """Rows of many lengths, named study; most test files have a corpus of their own instead."""
    return make_corpus(workspace, "study", documents(400))


@pytest.fixture
def animals(workspace: Workspace, no_engine: None) -> Corpus:
    """Rows whose text is the name of a class, mostly of their own."""
    return make_judged_animals(workspace)
