"""Distillation of vectors."""

from __future__ import annotations

import pytest
from objective_making import columns_of, loss_of, tiny_encoder

from embedding_lab.objectives.distill_vectors import DistillVectors


@pytest.mark.parametrize("distance", ["cosine", "mse"])
def test_an_encoder_has_nothing_to_learn_from_itself(distance):
    import torch

    encoder, method = tiny_encoder(), DistillVectors(distance=distance)
    columns = columns_of(method.form)
    said = [encoder.encode(column) for column in columns]
    features = [encoder.preprocess(column) for column in columns]
    loss = method.module(encoder)(features, torch.tensor(method.teach(said)))
    assert float(loss.detach()) == pytest.approx(0.0, abs=1e-6)


def test_the_order_of_rows_does_not_matter():
    shuffled = loss_of(DistillVectors(), [3, 1, 5, 0, 2, 4])[0]
    assert shuffled == pytest.approx(loss_of(DistillVectors())[0], abs=1e-6)
