"""Encoders shared by the tests of this folder; loading the engine is done once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from code_making import write_own_architecture
from encoder_making import write_sentence_bert

from embedding_lab.encoders import pool
from embedding_lab.encoders.describe import describe_folder
from embedding_lab.encoders.prepared import on_engine
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.types import Precision
from embedding_lab.workspace.workspace import create_workspace

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.encoders.torch_text import TextEncoder
    from embedding_lab.workspace.workspace import Workspace


@pytest.fixture(scope="session")
def starter(tmp_path_factory: pytest.TempPathFactory) -> TextEncoder:
    """The starter encoder on the full engine, loaded."""
    folder = tmp_path_factory.mktemp("starter") / "Starter.embedlab"
    with create_workspace(folder) as workspace:
        record = on_engine(EncoderStore(workspace).get("starter"), "torch", Precision.FP32)
        return pool.load(record)  # type: ignore[return-value]


@pytest.fixture(scope="session")
def library_starter(starter: TextEncoder) -> Any:
    """The same encoder as the library itself loads it: the oracle."""
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(starter.record.folder, device="cpu", local_files_only=True)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> TextEncoder:
    """A random BERT of two layers, 64 tokens long, with prompts."""
    folder = tmp_path_factory.mktemp("tiny") / "bert"
    write_sentence_bert(folder, prompts={"query": "query: ", "passage": "passage: "})
    return pool.load(describe_folder(folder, "tiny"))  # type: ignore[return-value]


@pytest.fixture
def store(workspace: Workspace) -> EncoderStore:
    """The encoders of a fresh workspace."""
    return EncoderStore(workspace)


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    """The file that exists once code has run."""
    return tmp_path / "mark"


@pytest.fixture
def own(tmp_path: Path, mark: Path) -> Path:
    """An encoder with an architecture of its own."""
    return write_own_architecture(tmp_path / "own", mark)
