"""CoSENT on scored pairs."""

from __future__ import annotations

import torch
from objective_making import loss_of, tiny_encoder

from embedding_lab.objectives.cosent import CoSENT


def test_pairs_in_the_right_order_cost_less_and_only_the_order_of_scores_counts():
    module = CoSENT(temperature=0.1).module(tiny_encoder())
    first = torch.eye(4)
    second = torch.tensor([[1.0, 0, 0, 0], [0.5, 0.8, 0, 0], [0.9, 0, 0.3, 0], [0, 0.7, 0, 0.7]])
    cosines = torch.nn.functional.cosine_similarity(first, second)

    def loss(scores: torch.Tensor) -> float:
        return float(module.compute_loss_from_embeddings([first, second], scores))

    assert loss(cosines) < loss(-cosines)
    assert loss(cosines) == loss(5 * cosines)


def test_the_order_of_rows_does_not_matter():
    assert abs(loss_of(CoSENT(), [3, 1, 5, 0, 2, 4])[0] - loss_of(CoSENT())[0]) < 1e-5
