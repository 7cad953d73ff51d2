"""Encoders shared by the tests of this folder; loading the engine is done once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from encoder_making import write_sentence_bert

from embedding_lab.workspace.workspace import create_workspace
from embedding_lab.encoders.describe import describe_folder
from embedding_lab.encoders.store import EncoderStore

if TYPE_CHECKING:
    from embedding_lab.encoders.torch_text import TextEncoder


@pytest.fixture(scope="session")
def starter(tmp_path_factory: pytest.TempPathFactory) -> TextEncoder:
    """The starter encoder, loaded."""
    from embedding_lab.encoders.torch_text import TextEncoder

    folder = tmp_path_factory.mktemp("starter") / "Starter.embedlab"
    with create_workspace(folder) as workspace:
        return TextEncoder(EncoderStore(workspace).get("starter"))


@pytest.fixture(scope="session")
def library_starter(starter: TextEncoder) -> Any:
    """The same encoder as the library itself loads it: the oracle."""
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(starter.record.folder, device="cpu", local_files_only=True)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> TextEncoder:
    """A random BERT of two layers, 64 tokens long, with prompts."""
    from embedding_lab.encoders.torch_text import TextEncoder

    folder = tmp_path_factory.mktemp("tiny") / "bert"
    write_sentence_bert(folder, prompts={"query": "query: ", "passage": "passage: "})
    return TextEncoder(describe_folder(folder, "tiny"))
