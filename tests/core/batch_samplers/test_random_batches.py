"""Batches at random."""

from __future__ import annotations

import numpy as np

from embedding_lab.batch_samplers.random_batches import RandomBatches
from embedding_lab.contracts import BatchRows


def rows(n: int) -> BatchRows:
    numbers = np.arange(n, dtype=np.int64)
    return BatchRows(numbers, numbers + n, np.full(n, -1, np.int64))


def test_every_row_comes_once_and_the_order_is_another_in_every_pass():
    rng = np.random.default_rng(0)
    passes = [list(RandomBatches().batches(rows(20), 6, rng)) for _ in range(2)]
    for drawn in passes:
        assert [len(batch) for batch in drawn] == [6, 6, 6, 2]
        assert sorted(np.concatenate(drawn)) == list(range(20))
    first, second = (np.concatenate(drawn).tolist() for drawn in passes)
    assert first != second


def test_no_rows_make_no_batches():
    assert list(RandomBatches().batches(rows(0), 4, np.random.default_rng(0))) == []
