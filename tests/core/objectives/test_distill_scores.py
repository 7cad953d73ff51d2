"""Distillation of scores."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from objective_making import tiny_encoder
from scipy.special import softmax

from embedding_lab.objectives.distill_scores import DistillScores


def test_it_is_the_divergence_of_the_two_distributions():
    rng = np.random.default_rng(0)
    student, teacher = (
        [v / np.linalg.norm(v, axis=1, keepdims=True) for v in rng.normal(size=(4, 5, d))]
        for d in (4, 7)
    )
    method = DistillScores(temperature=0.5)
    labels = method.teach([v.astype(np.float32) for v in teacher])
    assert labels.shape == (5, 3)
    loss = method.module(tiny_encoder()).compute_loss_from_embeddings(
        [torch.tensor(v) for v in student], torch.tensor(labels)
    )
    cosines = np.stack([(student[0] * v).sum(axis=1) for v in student[1:]], axis=1)
    wanted, is_said = softmax(labels / 0.5, axis=1), softmax(cosines / 0.5, axis=1)
    expected = (wanted * np.log(wanted / is_said)).sum(axis=1).mean() * 0.25
    assert float(loss) == pytest.approx(expected, rel=1e-4)
