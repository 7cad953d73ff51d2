"""InfoNCE with a gradient cache."""

from __future__ import annotations

import pytest
from objective_making import ANCHORS, POSITIVES, tiny_encoder

from embedding_lab.objectives.cached_info_nce import CachedInfoNCE
from embedding_lab.objectives.info_nce import InfoNCE


def gradients(method) -> tuple[float, list]:
    encoder = tiny_encoder()
    encoder.zero_grad()
    loss = method.module(encoder)(
        [encoder.preprocess(ANCHORS), encoder.preprocess(POSITIVES)], None
    )
    loss.backward()
    found = [None if p.grad is None else p.grad.clone() for p in encoder.parameters()]
    encoder.zero_grad()
    return float(loss.detach()), found


@pytest.mark.parametrize("is_symmetric", [False, True])
def test_loss_and_all_gradients_are_those_of_the_step_without_a_cache(is_symmetric):
    loss, found = gradients(CachedInfoNCE(is_symmetric=is_symmetric, piece=2))
    expected_loss, expected = gradients(InfoNCE(is_symmetric=is_symmetric))
    assert loss == pytest.approx(expected_loss, abs=1e-5)
    n_compared = 0
    for ours, theirs in zip(found, expected, strict=True):
        if theirs is not None:
            assert float((ours - theirs).abs().max()) < 1e-5
            n_compared += 1
    assert n_compared > 10
