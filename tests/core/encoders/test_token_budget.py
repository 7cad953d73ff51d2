"""When the memory does not suffice for a batch, smaller ones follow, and nothing is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from encoder_making import HashEncoder, write_sentence_bert

from embedding_lab.encoders.describe import describe_folder
from embedding_lab.encoders.loop import LoopSettings, encode_rows
from embedding_lab.encoders.token_budget import is_out_of_memory
from embedding_lab.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from embedding_lab.encoders.contract import TokenizedText

TEXTS = [f"word {number}" for number in range(40)]


class NarrowEncoder(HashEncoder):
    """Runs out of memory above so many rows."""

    most = 5
    message = "[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate"

    def forward(self, batch: Sequence[TokenizedText], *rest: object, **named: object) -> np.ndarray:
        if len(batch) > self.most:
            raise RuntimeError(self.message)
        return super().forward(batch)


@pytest.fixture
def encoder(tmp_path: Path) -> NarrowEncoder:
    return NarrowEncoder(describe_folder(write_sentence_bert(tmp_path / "bert")))


def test_batches_are_halved_until_they_fit_and_stay_small(encoder: NarrowEncoder) -> None:
    said: list[str] = []
    found = list(
        encode_rows(encoder, enumerate(TEXTS), settings=LoopSettings(4 * 32), say=said.append)
    )
    rows = np.concatenate([batch.rows for batch in found])
    assert sorted(rows) == list(range(40))
    assert [len(batch.rows) for batch in found] == [4] * 10
    assert len(said) == 3
    assert said[0] == (
        "The memory did not suffice for a batch of 32 rows; going on with 16 at a time."
    )
    whole = HashEncoder(encoder.record)
    expected = whole.forward(whole.tokenize(TEXTS))
    vectors = np.concatenate([batch.vectors for batch in found])
    np.testing.assert_array_equal(vectors[np.argsort(rows)], expected)


def test_a_single_row_that_does_not_fit_ends_it_with_a_sentence(encoder: NarrowEncoder) -> None:
    encoder.most = 0
    with pytest.raises(EncoderError, match="a single row of 4 tokens") as raised:
        list(encode_rows(encoder, enumerate(TEXTS)))
    assert "smaller maximum length" in raised.value.hint


def test_another_error_stays_what_it_is(encoder: NarrowEncoder) -> None:
    encoder.message = "shapes do not fit"
    with pytest.raises(RuntimeError, match="shapes do not fit"):
        list(encode_rows(encoder, enumerate(TEXTS)))


def test_what_engines_say_when_memory_is_short_is_known() -> None:
    import torch

    assert is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory. Tried to allocate"))
    assert is_out_of_memory(MemoryError())
    assert is_out_of_memory(RuntimeError("std::bad_alloc"))
    assert not is_out_of_memory(RuntimeError("index out of range in self"))
