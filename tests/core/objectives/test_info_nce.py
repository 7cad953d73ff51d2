"""InfoNCE."""

from __future__ import annotations

import numpy as np
import pytest
from objective_making import columns_of, loss_of, tiny_encoder

from embedding_lab.objectives.info_nce import InfoNCE
from embedding_lab.types import RowForm


def by_hand(temperature: float, *, is_symmetric: bool) -> float:
    """Return the loss from the vectors, by the formula."""
    anchors, positives = (
        tiny_encoder().encode(column, normalize_embeddings=True).astype(np.float64)
        for column in columns_of(RowForm.PAIRS)
    )
    scores = anchors @ positives.T / temperature
    one_way = -np.mean(np.diag(scores) - np.log(np.exp(scores).sum(axis=1)))
    other_way = -np.mean(np.diag(scores) - np.log(np.exp(scores).sum(axis=0)))
    return float((one_way + other_way) / 2 if is_symmetric else one_way)


@pytest.mark.parametrize("is_symmetric", [False, True])
@pytest.mark.parametrize("temperature", [0.02, 1.0])
def test_it_is_the_formula(temperature, is_symmetric):
    method = InfoNCE(temperature=temperature, is_symmetric=is_symmetric)
    expected = by_hand(temperature, is_symmetric=is_symmetric)
    assert loss_of(method)[0] == pytest.approx(expected, rel=1e-4)


def test_the_order_of_rows_does_not_matter():
    assert loss_of(InfoNCE(), [3, 1, 5, 0, 2, 4])[0] == pytest.approx(loss_of(InfoNCE())[0], 1e-5)


def test_the_cards_oracle_of_two_pairs():
    """Two pairs at known angles: 2.570e-5 at temperature 0.02, 0.593032 at 1."""
    import torch

    angles = np.radians([[0.0, 40.0], [2.0, 38.0]])
    queries, targets = (
        torch.tensor(np.stack([np.cos(side), np.sin(side)], axis=1), dtype=torch.float64)
        for side in angles
    )
    for temperature, expected in ((0.02, 2.570e-5), (1.0, 0.593032)):
        module = InfoNCE(temperature=temperature).module(tiny_encoder())
        loss = module.compute_loss_from_embeddings([queries, targets], None)
        assert float(loss) == pytest.approx(expected, rel=2e-4)
