"""The encode loop: every row once, little padding, bounded work between checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from encoder_making import HashEncoder

from embedding_lab.encoders import loop
from embedding_lab.encoders.contract import EncodeOptions
from embedding_lab.encoders.loop import LoopSettings, encode_rows
from embedding_lab.encoders.record import EncoderRecord

if TYPE_CHECKING:
    from collections.abc import Iterator

    from embedding_lab.encoders.loop import EncodedBatch


@pytest.fixture
def encoder() -> HashEncoder:
    record = EncoderRecord(
        id="hash",
        name="hash",
        folder="",
        kind="transformers",
        dimension=8,
        max_length=50,
        pooling="",
        is_normalized=True,
        fingerprint="0",
    )
    return HashEncoder(record)


def texts(n: int, seed: int = 0) -> list[tuple[int, str]]:
    lengths = np.random.default_rng(seed).integers(0, 80, n)
    return [(row * 3, f"row{row} " + "word " * length) for row, length in enumerate(lengths)]


def run(encoder: HashEncoder, source: list[tuple[int, str]], **choices: int) -> list[EncodedBatch]:
    return list(encode_rows(encoder, iter(source), settings=LoopSettings(**choices)))


@pytest.mark.parametrize("n", [0, 1, 255, 256, 257, 1000])
@pytest.mark.parametrize("window", [1, 7, 256, 4096])
def test_every_row_comes_out_exactly_once(encoder: HashEncoder, n: int, window: int) -> None:
    source = texts(n)
    batches = run(encoder, source, window=window)
    rows = [int(row) for batch in batches for row in batch.rows]
    assert sorted(rows) == [row for row, _ in source]


def test_each_row_gets_the_vector_of_its_own_text(encoder: HashEncoder) -> None:
    source = dict(texts(500))
    for batch in run(encoder, list(source.items())):
        for row, vector in zip(batch.rows, batch.vectors, strict=True):
            expected = encoder._vector(source[int(row)])
            np.testing.assert_allclose(vector, expected / np.linalg.norm(expected), atol=1e-6)


@pytest.mark.parametrize("budget", [64, 300, 8192])
def test_a_batch_keeps_to_its_budget_with_its_padding(encoder: HashEncoder, budget: int) -> None:
    source = dict(texts(600))
    for batch in run(encoder, list(source.items()), token_budget=budget):
        items = encoder.tokenize([source[int(row)] for row in batch.rows])
        assert len(items) * max(item.n_tokens for item in items) <= budget
        assert sum(item.n_tokens for item in items) == batch.n_tokens
        assert sum(item.is_truncated for item in items) == batch.n_truncated


def test_a_text_longer_than_the_budget_goes_alone(encoder: HashEncoder) -> None:
    batches = run(encoder, texts(40), token_budget=1)
    assert [len(batch.rows) for batch in batches] == [1] * 40


def test_little_is_padding(encoder: HashEncoder) -> None:
    source = dict(texts(4000))
    padded = real = 0
    for batch in run(encoder, list(source.items())):
        counts = [item.n_tokens for item in encoder.tokenize([source[int(r)] for r in batch.rows])]
        padded += len(counts) * max(counts)
        real += sum(counts)
    assert padded / real < 1.02


def test_the_same_texts_make_the_same_batches(encoder: HashEncoder) -> None:
    first, second = ([batch.rows.tolist() for batch in run(encoder, texts(700))] for _ in range(2))
    assert first == second


def test_a_window_of_long_texts_closes_early(
    encoder: HashEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "WINDOW_TOKENS", 5000)
    read = 0

    def source() -> Iterator[tuple[int, str]]:
        nonlocal read
        for row in range(3000):
            read += 1
            yield row, "word " * 60

    next(iter(encode_rows(encoder, source())))
    assert read <= loop.CHUNK


def test_stopping_is_possible_before_every_batch_and_chunk(encoder: HashEncoder) -> None:
    checks = 0

    def check() -> None:
        nonlocal checks
        checks += 1

    n_batches = len(list(encode_rows(encoder, iter(texts(1000)), EncodeOptions(), check=check)))
    assert checks == n_batches + 4
