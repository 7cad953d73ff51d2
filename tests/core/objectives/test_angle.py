"""AnglE on scored pairs."""

from __future__ import annotations

import torch
from objective_making import loss_of, tiny_encoder
from sentence_transformers.util import pairwise_angle_sim

from embedding_lab.objectives.angle import AnglE


def test_pairs_in_the_right_order_cost_less_and_only_the_order_of_scores_counts():
    module = AnglE(temperature=0.1).module(tiny_encoder())
    first = torch.eye(4)
    second = torch.tensor([[1.0, 0, 0, 0], [0.5, 0.8, 0, 0], [0.9, 0, 0.3, 0], [0, 0.7, 0, 0.7]])
    angles = pairwise_angle_sim(first, second)

    def loss(scores: torch.Tensor) -> float:
        return float(module.compute_loss_from_embeddings([first, second], scores))

    assert loss(angles) < loss(-angles)
    assert loss(angles) == loss(5 * angles)


def test_the_order_of_rows_does_not_matter():
    assert abs(loss_of(AnglE(), [3, 1, 5, 0, 2, 4])[0] - loss_of(AnglE())[0]) < 1e-5
