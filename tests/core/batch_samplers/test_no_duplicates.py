"""Batches in which nothing comes twice."""

from __future__ import annotations

import numpy as np
from mining_making import distinct_rows, numbered

from embedding_lab.batch_samplers.no_duplicates import NoDuplicates
from embedding_lab.contracts import BatchRows


def drawn(rows: BatchRows, size: int, seed: int = 0) -> list[np.ndarray]:
    return list(NoDuplicates().batches(rows, size, np.random.default_rng(seed)))


def contents(rows: BatchRows, batch: np.ndarray) -> list[int]:
    """Return each content of a batch once for every row that holds it."""
    sides = zip(rows.anchors[batch].tolist(), rows.positives[batch].tolist(), strict=True)
    return [content for row in sides for content in set(row)]


def test_every_row_comes_once_in_full_batches_where_nothing_is_equal():
    rows = distinct_rows(20)
    batches = drawn(rows, 6)
    assert [len(batch) for batch in batches] == [6, 6, 6, 2]
    assert sorted(np.concatenate(batches)) == list(range(20))
    assert np.concatenate(batches).tolist() != np.concatenate(drawn(rows, 6, seed=1)).tolist()


def test_no_content_comes_twice_into_a_batch_on_either_side():
    rng = np.random.default_rng(3)
    rows = BatchRows(rng.integers(0, 40, 200), rng.integers(20, 60, 200), numbered([-1] * 200))
    batches = drawn(rows, 8)
    assert sorted(np.concatenate(batches)) == list(range(200))
    for batch in batches:
        held = contents(rows, batch)
        assert len(held) == len(set(held))


def test_a_row_that_waits_comes_into_the_next_batch_that_takes_it():
    rows = BatchRows(numbered(range(8)), 8 + numbered([0] * 4 + [1] * 4), numbered([-1] * 8))
    assert [len(batch) for batch in drawn(rows, 4)] == [2, 2, 2, 2]


def test_many_rows_of_few_contents_come_in_small_batches_without_a_long_search():
    n = 20_000
    rows = BatchRows(numbered(range(n)), n + numbered(range(n)) % 3, numbered([-1] * n))
    batches = drawn(rows, 64)
    assert sum(map(len, batches)) == n
    assert max(map(len, batches)) == 3


def test_no_rows_make_no_batches():
    assert drawn(distinct_rows(0), 4) == []
