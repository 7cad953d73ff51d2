"""How hard mined negatives are, and how many are false."""

from __future__ import annotations

import numpy as np
import pytest
from mining_making import at_angles, distinct_rows, numbered, random_units

from embedding_lab.contracts import BatchRows, MinedPairs
from embedding_lab.mining.comparison import RANDOM, compare_miners, n_covered
from embedding_lab.mining.coupling import CouplingOptions, couple
from embedding_lab.mining.hardness import (
    Judge,
    chosen,
    described,
    frozen_recalls,
    own_cosines,
    random_negatives,
)

QUERIES = at_angles(0, 5, 40, 90, 130)
POSITIVES = at_angles(2, 16, 38, 92, 128)


def pairs_of(anchors: list[int], rows: list[int]) -> MinedPairs:
    first, second = numbered(anchors), numbered(rows)
    return MinedPairs(
        first,
        second,
        (QUERIES[first] * POSITIVES[second]).sum(axis=1),
        (QUERIES[first] * QUERIES[second]).sum(axis=1),
        np.ones(len(first), dtype=np.bool_),
    )


def test_recall_counts_ranked_rows_only():
    found = frozen_recalls(numbered([1, 3, 0, 7, 20]))
    assert [found[f"recall@{k}"]["value"] for k in (1, 5, 10)] == [0.25, 0.5, 0.75]
    assert found["recall@5"]["n"] == 4
    low, high = found["recall@5"]["ci"]
    assert 0 < low < 0.5 < high < 1


def test_own_cosines_are_those_of_the_two_sides():
    expected = np.cos(np.radians([2, 11, 2, 2, 2]))
    assert own_cosines(QUERIES, POSITIVES) == pytest.approx(expected, abs=1e-6)


def test_with_classes_the_share_of_false_negatives_is_exact():
    judge = Judge(own_cosines(QUERIES, POSITIVES), numbered([0, 0, 1, 1, -1]))
    found = judge.false_negatives(pairs_of([0, 0, 2, 3], [1, 2, 3, 4]))
    assert found["is_exact"]
    assert (found["value"], found["n"]) == (pytest.approx(2 / 3), 3)


def test_without_classes_those_are_suspected_whose_query_is_as_near_as_a_positive_usually_is():
    judge = Judge(own_cosines(QUERIES, POSITIVES), numbered([-1] * 5))
    assert judge.threshold == pytest.approx(np.cos(np.radians(2)), abs=1e-6)
    far, near = pairs_of([0, 1, 2], [1, 0, 3]), pairs_of([3, 3], [3, 2])
    assert judge.suspected(far).tolist() == [False, False, False]
    assert judge.suspected(near).tolist() == [True, False]
    found = judge.false_negatives(near)
    assert not found["is_exact"]
    assert found["value"] == 0.5


def test_no_negatives_have_no_figures():
    judge = Judge(own_cosines(QUERIES, POSITIVES), numbered([-1] * 5))
    found = described(pairs_of([], []), judge)
    assert found["candidate_cosine"] is None
    assert found["false_negatives"]["value"] is None
    assert found["false_negatives"]["ci"] == [0.0, 1.0]


def test_random_negatives_are_never_known_positives():
    rows = BatchRows(numbered([0, 0, 1, 2]), numbered([3, 4, 5, 6]), numbered([-1] * 4))
    found = random_negatives(QUERIES[:4], POSITIVES[:4], rows, 400, seed=1)
    assert 200 < len(found.rows) < 400
    taken = set(zip(found.anchors.tolist(), found.rows.tolist(), strict=True))
    assert taken == {(a, b) for a in range(4) for b in range(4) if a != b and {a, b} != {0, 1}}
    expected = (QUERIES[found.anchors] * POSITIVES[found.rows]).sum(axis=1)
    assert found.candidate_cosines == pytest.approx(expected, abs=1e-6)


def test_miners_are_compared_on_the_same_bins_with_random_pairs_last():
    anchors, positives = random_units(200, 8, 0), random_units(200, 8, 1)
    rows = distinct_rows(200)
    mined = {
        "saha": couple(anchors, positives, rows, CouplingOptions(3, 3)),
        "top_k_negatives": couple(
            anchors, positives, rows, CouplingOptions(3, 1, has_filter=False)
        ),
    }
    judge = Judge(own_cosines(anchors, positives), rows.labels)
    entries = compare_miners(mined, anchors, positives, rows, judge)
    assert [entry["sampler"] for entry in entries] == ["saha", "top_k_negatives", RANDOM]
    saha, nearest, random = (entry["candidate_cosine"] for entry in entries)
    assert nearest > saha > random
    assert entries[1]["owner_cosine"] > entries[0]["owner_cosine"]
    edges = {tuple(entry["histogram"]["edges"]) for entry in entries}
    assert len(edges) == 1
    for entry, found in zip(entries[:2], mined.values(), strict=True):
        assert sum(entry["histogram"]["counts"]) == entry["n_negatives"]
        assert entry["n_negatives"] == len(chosen(found.pairs).rows)
        assert entry["coverage"] == n_covered(found.clusters) / 200
