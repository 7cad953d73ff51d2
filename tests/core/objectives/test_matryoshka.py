"""Several lengths at once."""

from __future__ import annotations

import numpy as np
import pytest
from objective_making import columns_of, loss_of, tiny_encoder

from embedding_lab.errors import UsageError
from embedding_lab.objectives.matryoshka import Matryoshka
from embedding_lab.types import RowForm


def info_nce(length: int) -> float:
    anchors, positives = (
        tiny_encoder().encode(column).astype(np.float64)[:, :length]
        for column in columns_of(RowForm.PAIRS)
    )
    anchors, positives = (
        v / np.linalg.norm(v, axis=1, keepdims=True) for v in (anchors, positives)
    )
    scores = anchors @ positives.T / 0.05
    return float(-np.mean(np.diag(scores) - np.log(np.exp(scores).sum(axis=1))))


def test_it_is_the_sum_over_the_lengths_the_encoder_has():
    method = Matryoshka(dimensions="64, 16, 8")
    expected = info_nce(32) + info_nce(16) + info_nce(8)
    assert loss_of(method)[0] == pytest.approx(expected, rel=1e-4)


def test_its_rows_are_those_of_the_wrapped_objective():
    assert Matryoshka(objective="cosent").form is RowForm.SCORED_PAIRS


@pytest.mark.parametrize("dimensions", ["", "many", "64, 0", "-3"])
def test_dimensions_that_are_no_numbers_are_refused(dimensions):
    with pytest.raises(UsageError, match="not numbers above zero"):
        Matryoshka(dimensions=dimensions)
