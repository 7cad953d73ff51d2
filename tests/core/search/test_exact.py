from __future__ import annotations

import numpy as np
import pytest

from embedding_lab.errors import LabError
from embedding_lab.search import exact
from embedding_lab.search.exact import ExactIndex


def unit(matrix):
    norms = np.linalg.norm(matrix, axis=-1, keepdims=True)
    return (matrix / np.where(norms == 0, 1, norms)).astype(np.float32)


def oracle(vectors, rows, query, k, allowed):
    """Plain NumPy in double precision: sort everything, best first, ties by corpus row."""
    scores = (vectors.astype(np.float64) * query.astype(np.float64)).sum(axis=1)
    slots = np.arange(len(vectors))[allowed]
    order = sorted(slots, key=lambda slot: (-scores[slot], rows[slot]))
    return np.array(order[: max(k, 0)], dtype=np.int64), scores


def random_case(rng):
    n, d = int(rng.integers(0, 400)), int(rng.integers(1, 70))
    vectors = unit(rng.standard_normal((n, d)))
    if n and rng.random() < 0.5:  # many equal vectors, as equal texts give
        vectors = vectors[rng.integers(0, max(1, n // 10), size=n)]
    share = rng.choice([0.0, 0.01, 0.3, 1.0])
    return vectors, rng.permutation(n).astype(np.int64), rng.random(n) < share


@pytest.mark.parametrize("seed", range(60))
def test_it_agrees_with_numpy_to_the_last_slot(seed, monkeypatch):
    rng = np.random.default_rng(seed)
    monkeypatch.setattr(exact, "BLOCK_ROWS", int(rng.choice([7, 64, 1 << 16])))
    monkeypatch.setattr(exact, "FEW_ROWS", int(rng.choice([3, 50])))
    vectors, rows, allowed = random_case(rng)
    index = ExactIndex(vectors, rows)
    for k in (1, 10, 500):
        query = unit(rng.standard_normal(vectors.shape[1]))
        for mask in (None, allowed):
            slots, scores = index.search(query, k, mask)
            everything = np.ones(len(vectors), dtype=bool) if mask is None else mask
            expected, expected_scores = oracle(vectors, rows, query, k, everything)
            np.testing.assert_array_equal(slots, expected)
            np.testing.assert_allclose(scores, expected_scores[slots], atol=1e-12)


def test_hundreds_of_equal_vectors_come_in_row_order(monkeypatch):
    monkeypatch.setattr(exact, "BLOCK_ROWS", 100)
    rng = np.random.default_rng(3)
    vectors = np.repeat(unit(rng.standard_normal((1, 32))), 1000, axis=0)
    rows = rng.permutation(1000).astype(np.int64)
    index = ExactIndex(vectors, rows)
    slots, scores = index.search(vectors[0], 10)
    assert rows[slots].tolist() == list(range(10))
    assert len(set(scores)) == 1


def test_many_queries_at_once_find_what_each_finds_alone():
    rng = np.random.default_rng(4)
    index = ExactIndex(unit(rng.standard_normal((900, 24))))
    queries = unit(rng.standard_normal((50, 24)))
    for query, (slots, scores) in zip(queries, index.search_many(queries, 7), strict=True):
        alone, alone_scores = index.search(query, 7)
        np.testing.assert_array_equal(slots, alone)
        np.testing.assert_array_equal(scores, alone_scores)


def test_the_check_between_blocks_ends_the_search(monkeypatch):
    monkeypatch.setattr(exact, "BLOCK_ROWS", 10)
    index = ExactIndex(unit(np.random.default_rng(0).standard_normal((100, 4))))
    calls = []

    def check():
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index.search(np.ones(4, dtype=np.float32), 5, check=check)
    assert len(calls) == 3


def test_a_query_of_another_dimension_is_refused_in_a_sentence():
    index = ExactIndex(np.zeros((3, 8), dtype=np.float32))
    with pytest.raises(LabError, match="4 dimensions, the embeddings have 8"):
        index.search(np.zeros(4, dtype=np.float32), 1)
    with pytest.raises(LabError, match="not finite"):
        index.search(np.full(8, np.nan, dtype=np.float32), 1)


def test_the_p95_is_told_only_after_enough_searches():
    index = ExactIndex(unit(np.random.default_rng(0).standard_normal((50, 4))))
    for _ in range(19):
        index.search(index.vectors[0], 3)
    assert index.p95_ms is None
    index.search(index.vectors[0], 3)
    assert index.p95_ms is not None
    assert index.p95_ms > 0


def test_a_row_is_found_by_its_slot():
    index = ExactIndex(np.eye(3, dtype=np.float32), np.array([7, 3, 9]))
    assert index.slot_of(3) == 1
    assert index.slot_of(4) is None
