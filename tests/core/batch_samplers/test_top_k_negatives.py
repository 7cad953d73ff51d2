"""The nearest wrong answers as they are."""

from __future__ import annotations

import numpy as np
from mining_making import at_angles, distinct_rows, random_units

from embedding_lab.batch_samplers.top_k_negatives import TopKNegatives
from embedding_lab.contracts import NegativeMiner


def test_it_takes_the_paraphrase_that_a_filter_would_avoid():
    assert isinstance(TopKNegatives(), NegativeMiner)
    mined = TopKNegatives(negatives=1).mine(
        at_angles(0, 5, 40, 90, 130), at_angles(2, 6, 38, 92, 128), distinct_rows(5), lambda _: None
    )
    assert [cluster.tolist() for cluster in mined.clusters] == [[0, 1], [3, 4], [2, 1]]


def test_the_first_anchor_gets_the_nearest_positives_that_are_not_its_own():
    anchors, positives = random_units(120, 8, 0), random_units(120, 8, 1)
    mined = TopKNegatives(negatives=5).mine(anchors, positives, distinct_rows(120), lambda _: None)
    scores = positives @ anchors[0]
    scores[0] = -2
    assert mined.clusters[0].tolist() == [0, *np.argsort(-scores)[:5].tolist()]


def test_labels_are_not_looked_at():
    labels = [0, 0, 0, 1, 1]
    mined = TopKNegatives(negatives=1).mine(
        at_angles(0, 5, 40, 90, 130),
        at_angles(2, 6, 38, 92, 128),
        distinct_rows(5, labels),
        lambda _: None,
    )
    assert mined.clusters[0].tolist() == [0, 1]
    assert mined.notes == ()
