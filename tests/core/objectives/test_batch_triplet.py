"""Triplets of the batch."""

from __future__ import annotations

import pytest
import torch
from objective_making import tiny_encoder

from embedding_lab.objectives.batch_triplet import BatchTriplet

ANGLES = torch.deg2rad(torch.tensor([0.0, 10.0, 40.0, 70.0, 75.0, 120.0]))
VECTORS = torch.stack([ANGLES.cos(), ANGLES.sin()], dim=1)
CLASSES = torch.tensor([0, 0, 0, 1, 1, 1])


def test_hard_triplets_are_the_farthest_positive_and_the_nearest_negative():
    distance = 1 - VECTORS @ VECTORS.T
    losses = []
    for row in range(6):
        same = CLASSES[row] == CLASSES
        others = same.clone()
        others[row] = False
        losses.append(torch.relu(distance[row][others].max() - distance[row][~same].min() + 0.3))
    module = BatchTriplet(margin=0.3).module(tiny_encoder())
    loss = module.compute_loss_from_embeddings([VECTORS], CLASSES)
    assert float(loss) == pytest.approx(float(torch.stack(losses).mean()), rel=1e-4)


@pytest.mark.parametrize("triplets", ["hard", "semi-hard", "all"])
def test_classes_that_lie_apart_cost_nothing_more(triplets):
    apart = torch.eye(2)[CLASSES] + 0.001 * VECTORS
    module = BatchTriplet(triplets=triplets, margin=0.3).module(tiny_encoder())
    mixed = module.compute_loss_from_embeddings([VECTORS], torch.tensor([0, 1, 0, 1, 0, 1]))
    assert float(module.compute_loss_from_embeddings([apart], CLASSES)) < float(mixed)
