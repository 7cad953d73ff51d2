"""Batches with several rows of each class."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from mining_making import distinct_rows

from embedding_lab.batch_samplers.group_by_label import GroupByLabel
from embedding_lab.errors import UsageError


def drawn(labels: list[int], size: int, rows_per_class: int = 4, seed: int = 0) -> list[np.ndarray]:
    sampler = GroupByLabel(rows_per_class=rows_per_class)
    return list(
        sampler.batches(distinct_rows(len(labels), labels), size, np.random.default_rng(seed))
    )


def test_every_batch_holds_several_rows_of_each_of_its_classes():
    labels = [number % 5 for number in range(100)]
    batches = drawn(labels, 16)
    assert sorted(np.concatenate(batches)) == list(range(100))
    for batch in batches:
        assert len(batch) <= 16
        assert min(Counter(labels[row] for row in batch).values()) >= 2


def test_a_row_is_never_alone_of_its_class():
    labels = [0] * 9 + [1] * 5 + [2] * 2
    for seed in range(20):
        for batch in drawn(labels, 10, seed=seed):
            assert min(Counter(labels[row] for row in batch).values()) >= 2
    assert sorted(np.concatenate(drawn(labels, 10))) == list(range(16))


def test_rows_without_a_class_and_classes_of_one_row_are_left_out():
    assert sorted(np.concatenate(drawn([0, 0, 0, -1, -1, 7], 8))) == [0, 1, 2]


def test_the_order_is_another_in_every_pass():
    labels = [number % 5 for number in range(50)]
    rng = np.random.default_rng(0)
    rows = distinct_rows(50, labels)
    first, second = (
        np.concatenate(list(GroupByLabel().batches(rows, 8, rng))).tolist() for _ in range(2)
    )
    assert first != second


@pytest.mark.parametrize("labels", [[], [-1, -1], [0, 1, 2]])
def test_no_two_rows_of_a_class_is_an_error(labels: list[int]):
    with pytest.raises(UsageError, match="No two rows"):
        drawn(labels, 16)


def test_a_batch_too_small_for_two_classes_is_an_error():
    with pytest.raises(UsageError, match="cannot hold 4 rows of two classes"):
        drawn([0, 0, 1, 1], 7)
