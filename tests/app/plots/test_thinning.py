"""A curve in constant memory tells means and extremes of all its points."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedding_lab_app.plots.thinning import ThinnedCurve


@given(st.lists(st.floats(-1e6, 1e6), max_size=300), st.sampled_from([2, 4, 16]))
def test_means_and_extremes_are_those_of_all_points(values, capacity):
    curve = ThinnedCurve(capacity)
    for number, value in enumerate(values):
        curve.append(number, value)
    told = curve.shown()
    assert curve.n == len(values)
    assert len(told.x) <= capacity
    starts = [*told.x.astype(int).tolist(), len(values)]
    for i in range(len(told.x)):
        part = values[starts[i] : starts[i + 1]]
        assert told.mean[i] == pytest.approx(np.mean(part), abs=1e-3)
        assert (told.low[i], told.high[i]) == (min(part), max(part))


def test_few_points_are_kept_as_they_are():
    curve = ThinnedCurve(8)
    for number in range(8):
        curve.append(number, number * 2)
    told = curve.shown()
    assert told.x.tolist() == list(range(8))
    assert told.mean.tolist() == told.low.tolist() == told.high.tolist() == list(range(0, 16, 2))


def test_what_is_no_number_is_left_out():
    curve = ThinnedCurve(4)
    for value in (1.0, float("nan"), float("inf"), 2.0):
        curve.append(0, value)
    assert curve.n == 2
    assert curve.shown().mean.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("capacity", [0, 1, 3])
def test_a_capacity_that_cannot_be_halved_is_refused(capacity):
    with pytest.raises(ValueError, match="even"):
        ThinnedCurve(capacity)
