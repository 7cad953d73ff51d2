"""The triplet loss."""

from __future__ import annotations

import pytest
import torch
from objective_making import tiny_encoder

from embedding_lab.objectives.triplet import Triplet


def unit(*degrees: float) -> torch.Tensor:
    angles = torch.deg2rad(torch.tensor(degrees))
    return torch.stack([angles.cos(), angles.sin()], dim=1)


@pytest.mark.parametrize(("margin", "expected"), [(0.2, 0.1), (0.05, 0.0)])
def test_it_is_the_margin_left_between_the_distances(margin, expected):
    """Distances 0.5 to the positive and 0.6 to the negative."""
    away = [float(torch.rad2deg(torch.acos(torch.tensor(1 - d)))) for d in (0.5, 0.6)]
    module = Triplet(margin=margin).module(tiny_encoder())
    loss = module.compute_loss_from_embeddings([unit(0.0), unit(away[0]), unit(away[1])], None)
    assert float(loss) == pytest.approx(expected, abs=1e-5)
