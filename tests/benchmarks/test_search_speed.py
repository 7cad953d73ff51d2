"""Search against the bare library, in one run: ratios, not absolute times."""

from __future__ import annotations

import time

import numpy as np
import pytest

from embedding_lab.search.exact import ExactIndex
from embedding_lab.search.highlight import highlight

N_ROWS, DIMENSION, K = 100_000, 384, 10


def medians_ms(arguments, *calls):
    """Time several calls in turn, so that a busy machine slows all of them alike."""
    taken = []
    for argument in arguments:
        times = []
        for call in calls:
            started = time.perf_counter()
            call(argument)
            times.append((time.perf_counter() - started) * 1e3)
        taken.append(times)
    return [float(median) for median in np.median(taken, axis=0)]


@pytest.fixture
def vectors(tmp_path):
    """Unit vectors behind a memory map, as a vector set holds them."""
    made = np.random.default_rng(0).standard_normal((N_ROWS, DIMENSION), dtype=np.float32)
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    made.tofile(tmp_path / "vectors.f32")
    return np.memmap(
        tmp_path / "vectors.f32", dtype=np.float32, mode="r", shape=(N_ROWS, DIMENSION)
    )


@pytest.mark.benchmark
def test_exact_search_costs_at_most_a_third_more_than_faiss_alone(vectors):
    import faiss

    flat = faiss.IndexFlatIP(DIMENSION)
    flat.add(np.asarray(vectors))
    index = ExactIndex(vectors)
    queries = np.random.default_rng(1).standard_normal((60, DIMENSION), dtype=np.float32)
    few = np.random.default_rng(2).random(N_ROWS) < 0.1
    bare, ours, filtered = medians_ms(
        queries,
        lambda query: flat.search(query[np.newaxis], K),
        lambda query: index.search(query, K),
        lambda query: index.search(query, K, few),
    )
    print(f"faiss flat {bare:.2f} ms, exact {ours:.2f} ms, filtered to 10 % {filtered:.2f} ms")
    print(f"ratio {ours / bare:.2f}")
    assert ours <= 1.3 * bare
    assert filtered <= bare


@pytest.mark.benchmark
def test_ten_results_of_a_megabyte_are_marked_within_20_ms():
    rng = np.random.default_rng(0)
    words = np.array(["".join(rng.choice(list("etaoinshrdlu"), size=6)) for _ in range(3000)])
    text = " ".join(rng.choice(words, size=150_000))
    query = " ".join(["molecular", "mechanism", "whales", *words[:3]])
    [taken] = medians_ms(range(9), lambda _: [highlight(text, query) for _ in range(10)])
    print(f"{len(text):,} characters, ten results: {taken:.1f} ms")
    assert taken <= 20
