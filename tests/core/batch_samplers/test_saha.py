"""Self-aware hard negatives, and batches of mined clusters."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from mining_making import at_angles, distinct_rows, numbered, random_units

from embedding_lab.batch_samplers.saha import Saha
from embedding_lab.contracts import BatchRows, NegativeMiner
from embedding_lab.errors import UsageError


def made_clusters(*clusters: list[int], n: int) -> BatchRows:
    return replace(distinct_rows(n), clusters=tuple(numbered(cluster) for cluster in clusters))


def drawn(rows: BatchRows, size: int, seed: int = 0) -> list[list[int]]:
    rng = np.random.default_rng(seed)
    return [batch.tolist() for batch in Saha().batches(rows, size, rng)]


def test_it_mines_what_the_published_steps_give():
    assert isinstance(Saha(), NegativeMiner)
    mined = Saha(negatives=1, multiplier=2).mine(
        at_angles(0, 5, 40, 90, 130), at_angles(2, 6, 38, 92, 128), distinct_rows(5), lambda _: None
    )
    assert [cluster.tolist() for cluster in mined.clusters] == [[0, 2], [1, 3], [4, 1]]


def test_its_parameters_are_those_of_the_coupling():
    options = Saha(negatives=5, multiplier=2, labels_are_classes=False, seed=4).options
    assert (options.n_negatives, options.multiplier, options.seed) == (5, 2, 4)
    assert options.has_filter
    assert not options.is_class_exempt
    assert not options.is_shuffled
    assert Saha(visit_order="shuffled").options.is_shuffled


def test_every_row_of_a_cluster_stands_in_one_batch_and_the_others_come_at_the_end():
    rows = made_clusters([0, 1, 2], [3, 4, 5], [6, 7, 8], n=14)
    batches = drawn(rows, 7)
    assert [len(batch) for batch in batches] == [6, 3, 5]
    for cluster in rows.clusters:
        assert sum(set(cluster.tolist()) <= set(batch) for batch in batches) == 1
    assert sorted(batches[-1]) == [9, 10, 11, 12, 13]


def test_clusters_come_in_another_order_in_every_pass():
    rows = made_clusters(*([3 * n, 3 * n + 1, 3 * n + 2] for n in range(20)), n=60)
    assert drawn(rows, 9, seed=0) != drawn(rows, 9, seed=1)
    assert drawn(rows, 9, seed=0) == drawn(rows, 9, seed=0)


def test_a_row_of_two_clusters_comes_once_into_a_batch():
    for batch in drawn(made_clusters([0, 1], [2, 3], [4, 1], n=5), 6):
        assert len(batch) == len(set(batch))
    assert sorted(map(len, drawn(made_clusters([0, 1], [2, 1], n=3), 6))) == [2, 2]


def test_mined_clusters_are_batches_that_hold_them_whole():
    rows = distinct_rows(200)
    mined = Saha().mine(random_units(200, 16, 0), random_units(200, 16, 1), rows, lambda _: None)
    batches = drawn(replace(rows, clusters=mined.clusters), 32)
    assert max(map(len, batches)) <= 32
    assert set().union(*map(set, batches)) == set(range(200))
    for cluster in mined.clusters:
        assert any(set(cluster.tolist()) <= set(batch) for batch in batches)


def test_a_batch_smaller_than_a_cluster_is_an_error():
    with pytest.raises(UsageError, match="A batch of 2 rows is smaller than a cluster of 3"):
        drawn(made_clusters([0, 1, 2], n=4), 2)


def test_without_clusters_there_is_nothing_to_train_on():
    with pytest.raises(UsageError, match="No negatives were mined"):
        drawn(distinct_rows(4), 2)
