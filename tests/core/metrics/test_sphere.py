"""Alignment and uniformity."""

from __future__ import annotations

import numpy as np
import pytest

from embedding_lab.metrics import sphere
from embedding_lab.metrics.sphere import alignment, uniformity


def unit(n: int, d: int, seed: int = 0) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(n, d))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def test_alignment_is_the_mean_squared_distance():
    right, up = np.array([[1, 0]], np.float32), np.array([[0, 1]], np.float32)
    assert alignment(right, right) == 0
    assert alignment(right, up) == pytest.approx(2)
    assert alignment(right, -right) == pytest.approx(4)
    assert alignment(right, up, alpha=1) == pytest.approx(2**0.5)


def test_uniformity_is_the_formula_over_all_pairs():
    vectors = unit(30, 5)
    potentials = [
        np.exp(-2 * np.sum((vectors[i].astype(np.float64) - vectors[j]) ** 2))
        for i in range(30)
        for j in range(30)
        if i != j
    ]
    assert uniformity(vectors) == pytest.approx(np.log(np.mean(potentials)), abs=1e-6)


def test_the_same_vector_everywhere_is_not_uniform_at_all_and_many_dimensions_come_to_minus_4():
    assert uniformity(np.repeat(unit(1, 8), 5, axis=0)) == pytest.approx(0, abs=1e-6)
    assert uniformity(unit(400, 384)) == pytest.approx(-4, abs=0.05)


def test_blocks_do_not_change_it(monkeypatch):
    vectors = unit(50, 4)
    whole, n_checks = uniformity(vectors), 0

    def check() -> None:
        nonlocal n_checks
        n_checks += 1

    monkeypatch.setattr(sphere, "NUMBERS_AT_ONCE", 500)
    assert uniformity(vectors, check=check) == pytest.approx(whole)
    assert n_checks == 5
