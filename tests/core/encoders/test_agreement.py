"""Agreement: the numbers are those of a plain double loop, and doubles do not disturb them."""

from __future__ import annotations

import numpy as np
import pytest

from embedding_lab.encoders import agreement as module
from embedding_lab.encoders.agreement import agreement


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def made(n: int, width: int = 24, seed: int = 0) -> np.ndarray:
    return unit(np.random.default_rng(seed).normal(size=(n, width)))


def neighbours(vectors: np.ndarray, k: int) -> list[set[int]]:
    """Return the nearest others of each row, found one by one."""
    found = []
    for i, vector in enumerate(vectors):
        scores = {j: float(np.dot(vector.astype(float), vectors[j])) for j in range(len(vectors))}
        scores.pop(i)
        found.append(set(sorted(scores, key=lambda j: -scores[j])[:k]))
    return found


@pytest.mark.parametrize("block_rows", [7, 1024])
@pytest.mark.parametrize("other_width", [24, 16])
def test_every_figure_is_that_of_a_plain_loop(
    block_rows: int, other_width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BLOCK_ROWS", block_rows)
    first = made(60)
    noise = 0.2 * made(60, seed=1)
    second = unit(first + noise)[:, :other_width]
    found = agreement(first, second, k=5)
    lists = zip(neighbours(first, 5), neighbours(unit(second), 5), strict=True)
    assert found.neighbour_overlap == pytest.approx(np.mean([len(a & b) / 5 for a, b in lists]))
    tops = zip(neighbours(first, 1), neighbours(unit(second), 1), strict=True)
    assert found.top1_agreement == pytest.approx(np.mean([a == b for a, b in tops]))
    assert 0.2 < found.neighbour_overlap < 1
    if other_width == 24:
        cosines = [float(np.dot(a, b)) for a, b in zip(first, second, strict=True)]
        assert found.min_cosine == pytest.approx(min(cosines), abs=1e-6)
        assert found.mean_cosine == pytest.approx(np.mean(cosines), abs=1e-6)
        assert found.max_abs_diff == pytest.approx(np.abs(first - second).max())
    else:
        assert (found.min_cosine, found.mean_cosine, found.max_abs_diff) == (None, None, None)


def test_equal_vectors_agree_wholly_even_where_rows_are_doubled() -> None:
    vectors = np.repeat(made(8), 5, axis=0)
    nudged = unit(vectors + 1e-8 * made(40, seed=2))
    found = agreement(vectors, nudged)
    assert (found.neighbour_overlap, found.top1_agreement) == (1.0, 1.0)
    assert found.min_cosine == pytest.approx(1.0, abs=1e-6)


def test_the_lengths_of_vectors_do_not_matter() -> None:
    vectors = made(30)
    found = agreement(vectors, 3 * vectors)
    assert found.min_cosine == pytest.approx(1.0)
    assert found.neighbour_overlap == 1.0


def test_few_rows_and_zero_vectors_are_no_trouble() -> None:
    single = agreement(made(1), made(1))
    assert (single.n_rows, single.neighbour_overlap, single.top1_agreement) == (1, None, None)
    assert agreement(made(0), made(0)).min_cosine is None
    zeros = np.zeros((3, 4), dtype=np.float32)
    assert agreement(zeros, zeros).min_cosine == 1.0
    assert agreement(zeros, made(3, 4)).min_cosine == 0.0
    assert agreement(made(5), made(5)).neighbour_overlap == 1.0
