"""A tiny random encoder as an ONNX file, exported once, and sample inputs of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from encoder_making import write_bert
from onnx_making import write_onnx

from embedding_lab.encoders.onnx_session import open_session, read_graph
from embedding_lab.encoders.raw_tokenizer import RawTokenizer
from embedding_lab.export.probes import probes_of

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

TEXTS = (
    "two plain words", "", "a" * 200, "🙂 مرحبا", "def parse(text): return text.split()",
    "The scale of a token is its own largest number.", "short", "SELECT * FROM rows",
)  # fmt: skip


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An ONNX file that gives one vector a text, in a folder with its tokenizer."""
    folder = tmp_path_factory.mktemp("export")
    source = write_bert(folder / "bert")
    return write_onnx(source, folder / "pooled", is_pooled=True) / "model.onnx"


@pytest.fixture(scope="session")
def probes(exported: Path) -> list[dict[str, np.ndarray]]:
    """Sample inputs of that file."""
    definition = (exported.parent / "tokenizer.json").read_text(encoding="utf-8")
    graph = read_graph(open_session(exported), exported)
    return probes_of(RawTokenizer(definition, 64).tokenize(TEXTS), graph.inputs)
