"""Margins of a teacher."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from objective_making import tiny_encoder

from embedding_lab.objectives.margin_mse import MarginMSE


def test_it_is_the_squared_difference_of_the_margins():
    rng = np.random.default_rng(0)
    student, teacher = (
        [v / np.linalg.norm(v, axis=1, keepdims=True) for v in rng.normal(size=(3, 5, d))]
        for d in (4, 7)
    )
    labels = MarginMSE().teach([v.astype(np.float32) for v in teacher])
    assert labels.shape == (5, 2)

    def margins(vectors: list[np.ndarray]) -> np.ndarray:
        anchor, positive, negative = vectors
        return (anchor * (positive - negative)).sum(axis=1)

    loss = (
        MarginMSE()
        .module(tiny_encoder())
        .compute_loss_from_embeddings([torch.tensor(v) for v in student], torch.tensor(labels))
    )
    expected = np.mean((margins(student) - margins(teacher)) ** 2)
    assert float(loss) == pytest.approx(expected, rel=1e-5)
