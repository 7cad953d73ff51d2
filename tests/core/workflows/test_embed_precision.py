"""Embedding in a coarser number format: compared with fp32 once, or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from embedding_making import embed, failure
from encoder_making import HashEncoder

from embedding_lab import backends
from embedding_lab.encoders import pool
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.types import Precision

if TYPE_CHECKING:
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.workspace import Workspace


@pytest.mark.usefixtures("corpus")
def test_bf16_needs_a_processor_that_has_it(
    workspace: Workspace, hash_encoder: HashEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backends, "cpu_features", frozenset)
    assert "no bfloat16 instructions" in failure(workspace, precision="bf16").message
    monkeypatch.setattr(backends, "cpu_features", lambda: frozenset({"avx512_bf16"}))
    result = embed(workspace, precision="bf16")
    assert result["key"] != embed(workspace)["key"]


class CoarseEncoder(HashEncoder):
    """Loses a little in bf16, and counts what it computes in each precision."""

    error = 0.001

    def __init__(self, record: Any) -> None:
        super().__init__(record)
        self.n_rows = dict.fromkeys(Precision, 0)

    def forward(self, batch: Any, options: Any = None, *, is_interactive: bool = False) -> Any:
        vectors = super().forward(batch, options)
        self.n_rows[options.precision] += len(batch)
        if options.precision is Precision.BF16:
            vectors = vectors + self.error * np.cos(np.arange(self.dimension))
            vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
        return vectors


@pytest.fixture
def coarse(workspace: Workspace, corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> CoarseEncoder:
    monkeypatch.setattr(backends, "has_fast_bf16", lambda: True)
    encoder = CoarseEncoder(EncoderStore(workspace).get("starter"))
    monkeypatch.setattr(pool, "load", lambda record, log=None: encoder)
    return encoder


def test_bf16_is_compared_with_fp32_once_and_the_agreement_kept(
    workspace: Workspace, coarse: CoarseEncoder
) -> None:
    assert "agreement" not in embed(workspace, limit=50)
    coarse.n_rows = dict.fromkeys(Precision, 0)
    result = embed(workspace, limit=100, precision="bf16")
    assert coarse.n_rows == {Precision.FP32: 32, Precision.BF16: 132}
    measured = result["agreement"]
    assert measured["n_rows"] == 32
    assert 0.9999 <= measured["min_cosine"] < 0.99999
    again = embed(workspace, precision="bf16")
    assert coarse.n_rows == {Precision.FP32: 32, Precision.BF16: 432}
    assert again["agreement"] == measured
    # Another prompt makes other vectors, which have not been compared yet.
    embed(workspace, precision="bf16", prompt="query: ", limit=10)
    assert coarse.n_rows[Precision.FP32] == 64


def test_bf16_is_refused_where_it_changes_the_vectors_too_much(
    workspace: Workspace, coarse: CoarseEncoder
) -> None:
    coarse.error = 0.01
    for _ in range(2):
        failed = failure(workspace, precision="bf16")
        assert "the smallest cosine between the two on 32 rows is 0.99" in failed.message
        assert failed.hint == "Use the precision fp32."
    assert coarse.n_rows == {Precision.FP32: 32, Precision.BF16: 32}
    assert workspace.vector_sets() == []
    accepted = embed(workspace, precision="bf16", least_agreement=0.9)
    assert accepted["rows"] == 400
    assert accepted["agreement"]["min_cosine"] < 0.999


def test_a_damaged_record_of_the_agreement_is_measured_anew(
    workspace: Workspace, coarse: CoarseEncoder
) -> None:
    embed(workspace, precision="bf16", limit=10)
    (file,) = workspace.cache_folder.glob("agreement-*.json")
    file.write_text("{broken")
    embed(workspace, precision="bf16", limit=20)
    assert coarse.n_rows[Precision.FP32] == 64
