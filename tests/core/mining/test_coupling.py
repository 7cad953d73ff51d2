"""Coupling rows into clusters of hard negatives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from mining_making import at_angles, distinct_rows, numbered, random_units

from embedding_lab.contracts import BatchRows, Mined
from embedding_lab.errors import InputError, UsageError
from embedding_lab.mining import blocks
from embedding_lab.mining.coupling import CouplingOptions, couple

QUERIES = at_angles(0, 5, 40, 90, 130)
POSITIVES = at_angles(2, 6, 38, 92, 128)
ONE_OF_TWO = CouplingOptions(n_negatives=1, multiplier=2)


def clusters(mined: Mined) -> list[list[int]]:
    return [cluster.tolist() for cluster in mined.clusters]


def chosen_cosines(mined: Mined) -> np.ndarray:
    return mined.pairs.owner_cosines[mined.pairs.is_chosen]


# The published steps on five rows, by hand


def test_the_query_least_like_the_anchor_is_kept_and_the_row_left_over_reuses_one():
    mined = couple(QUERIES, POSITIVES, distinct_rows(5), ONE_OF_TWO)
    assert clusters(mined) == [[0, 2], [1, 3], [4, 1]]
    assert mined.phases.tolist() == [1, 1, 2]
    assert chosen_cosines(mined) == pytest.approx([0.7660, 0.0872, -0.5736], abs=5e-5)
    assert mined.notes == ()


def test_without_the_filter_the_paraphrase_is_taken_for_a_negative():
    mined = couple(QUERIES, POSITIVES, distinct_rows(5), replace(ONE_OF_TWO, has_filter=False))
    assert clusters(mined) == [[0, 1], [2, 3], [4, 3]]
    assert chosen_cosines(mined) == pytest.approx([0.9962, 0.6428, 0.7660], abs=5e-5)


def test_a_candidate_of_several_owners_stands_for_the_one_nearest_to_the_anchor():
    queries = at_angles(0, 40, 20, 170)
    positives = at_angles(0, 30, 30, 170)
    rows = BatchRows(numbered([0, 1, 2, 3]), numbered([4, 5, 5, 6]), numbered([-1] * 4))
    mined = couple(queries, positives, rows, CouplingOptions(n_negatives=1, multiplier=1))
    assert clusters(mined)[0] == [0, 2]


# What is told of the pairs and of the ranks


def test_all_that_was_weighed_is_told_with_both_cosines():
    pairs = couple(QUERIES, POSITIVES, distinct_rows(5), ONE_OF_TWO).pairs
    assert pairs.anchors.tolist() == [0, 0, 1, 4, 4, 4]
    assert pairs.rows.tolist() == [1, 2, 3, 3, 2, 1]
    assert pairs.is_chosen.tolist() == [False, True, True, False, False, True]
    between = np.cos(np.radians([6, 38, 87, 38, 92, 124]))
    assert pairs.candidate_cosines == pytest.approx(between, abs=1e-6)


def test_true_ranks_are_those_of_a_plain_sort():
    anchors, positives = random_units(60, 8, 0), random_units(60, 8, 1)
    mined = couple(anchors, positives, distinct_rows(60), CouplingOptions(3, 2))
    order = np.argsort(-(anchors @ positives.T), axis=1)
    expected = 1 + np.argmax(order == np.arange(60)[:, np.newaxis], axis=1)
    assert mined.true_ranks.tolist() == expected.tolist()


def test_other_positives_of_a_query_do_not_count_against_its_rank():
    rows = BatchRows(numbered([0, 0, 1]), numbered([2, 3, 4]), numbered([-1] * 3))
    mined = couple(at_angles(0, 0, 90), at_angles(1, 10, 90), rows, CouplingOptions(1, 1))
    assert mined.true_ranks.tolist() == [1, 1, 1]


# Properties on many rows


@pytest.mark.parametrize("has_filter", [True, False])
def test_in_the_first_pass_no_row_is_in_two_clusters(has_filter: bool):
    options = CouplingOptions(7, 3, has_filter=has_filter)
    mined = couple(random_units(300, 16, 0), random_units(300, 16, 1), distinct_rows(300), options)
    first = np.concatenate(
        [c for c, phase in zip(mined.clusters, mined.phases, strict=True) if phase == 1]
    )
    assert len(first) == len(set(first.tolist()))
    anchors = [cluster[0] for cluster in clusters(mined)]
    assert len(anchors) == len(set(anchors))
    assert all(2 <= len(cluster) <= 8 for cluster in mined.clusters)
    assert all(len(set(cluster)) == len(cluster) for cluster in clusters(mined))


def test_the_size_of_the_blocks_does_not_change_what_is_found(monkeypatch: pytest.MonkeyPatch):
    arguments = (random_units(90, 8, 0), random_units(90, 8, 1), distinct_rows(90))
    whole = couple(*arguments, CouplingOptions(3, 3))
    monkeypatch.setattr(blocks, "BLOCK_VALUES", 7 * 90)
    parts = couple(*arguments, CouplingOptions(3, 3))
    assert clusters(parts) == clusters(whole)
    assert parts.true_ranks.tolist() == whole.true_ranks.tolist()


def test_a_shuffled_order_visits_other_anchors_first_and_the_seed_decides_which():
    arguments = (random_units(90, 8, 0), random_units(90, 8, 1), distinct_rows(90))
    found = [
        clusters(couple(*arguments, CouplingOptions(3, 3, is_shuffled=True, seed=seed)))
        for seed in (0, 0, 1)
    ]
    assert found[0] == found[1]
    assert found[0] != found[2]
    assert clusters(couple(*arguments, CouplingOptions(3, 3)))[0][0] == 0


def test_what_the_check_raises_comes_out_of_either_pass():
    n_calls = 0

    def count(_: int) -> None:
        nonlocal n_calls
        n_calls += 1

    couple(QUERIES, POSITIVES, distinct_rows(5), ONE_OF_TWO, count)
    for last in range(1, n_calls + 1):
        left = last

        def stop(n_done: int) -> None:
            nonlocal left
            assert 0 <= n_done <= 5
            left -= 1
            if not left:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            couple(QUERIES, POSITIVES, distinct_rows(5), ONE_OF_TWO, stop)


# Contents that say what cannot be a negative


def test_the_second_positive_of_a_query_is_never_its_negative():
    rows = BatchRows(numbered([0, 0, 1, 2]), numbered([3, 4, 5, 6]), numbered([-1] * 4))
    mined = couple(at_angles(0, 0, 30, 60), at_angles(1, 2, 31, 61), rows, CouplingOptions(2, 1))
    for cluster in clusters(mined):
        assert not {0, 1} <= set(cluster)


def test_every_row_of_a_repeated_query_can_be_a_negative():
    rows = BatchRows(numbered([0, 1, 1, 2]), numbered([3, 4, 5, 6]), numbered([-1] * 4))
    near_first = couple(
        at_angles(0, 90, 90, 170), at_angles(0, 5, 100, 170), rows, CouplingOptions(1, 1)
    )
    near_last = couple(
        at_angles(0, 90, 90, 170), at_angles(0, 100, 5, 170), rows, CouplingOptions(1, 1)
    )
    assert clusters(near_first)[0] == [0, 1]
    assert clusters(near_last)[0] == [0, 2]


def test_a_text_is_no_negative_of_itself_on_the_other_side():
    # Row 1 asks what is the positive of row 0, and row 2's positive is the question of row 0.
    rows = BatchRows(numbered([0, 1, 2, 3]), numbered([1, 5, 0, 6]), numbered([-1] * 4))
    mined = couple(at_angles(0, 1, 2, 60), at_angles(1, 30, 0, 61), rows, CouplingOptions(1, 2))
    for cluster in clusters(mined):
        assert not {0, 1} <= set(cluster)
        assert not {0, 2} <= set(cluster)


def test_rows_whose_sides_are_the_same_are_left_out_and_counted():
    rows = BatchRows(numbered([0, 1, 2, 3]), numbered([4, 5, 2, 6]), numbered([-1] * 4))
    mined = couple(at_angles(0, 10, 20, 30), at_angles(1, 11, 20, 31), rows, CouplingOptions(1, 1))
    assert 2 not in np.concatenate(mined.clusters)
    assert mined.true_ranks[2] == 0
    assert mined.notes == ("1 row left out: anchor and positive are the same content.",)


def test_rows_of_a_class_are_no_negatives_and_those_of_others_are_not_filtered():
    labels = [0, 0, 1, 1, 2]
    mined = couple(QUERIES, POSITIVES, distinct_rows(5, labels), CouplingOptions(1, 2))
    assert clusters(mined)[0] == [0, 2]
    for cluster in clusters(mined):
        assert len({labels[row] for row in cluster}) == len(cluster)
    ignoring = CouplingOptions(1, 2, is_class_exempt=False, has_filter=False)
    assert clusters(couple(QUERIES, POSITIVES, distinct_rows(5, labels), ignoring))[0] == [0, 1]


def test_among_classes_the_hardest_is_taken_although_its_query_is_near():
    labels = [0, 1, 2, 3, 4]
    mined = couple(QUERIES, POSITIVES, distinct_rows(5, labels), ONE_OF_TWO)
    assert clusters(mined)[0] == [0, 1]


# Limits


def test_few_rows_lower_what_is_collected_and_say_so():
    mined = couple(QUERIES, POSITIVES, distinct_rows(5), CouplingOptions(1, 3))
    assert mined.notes == (
        "5 rows are few: 2 hard rows are collected for each anchor instead of 3.",
    )
    assert clusters(mined) == [[0, 2], [1, 3], [4, 1]]


def test_reaching_past_the_neighbourhood_of_a_label_is_warned_of():
    anchors, positives = random_units(60, 8, 0), random_units(60, 8, 1)
    options = CouplingOptions(3, 4, is_class_exempt=False)
    small, large = np.arange(60) % 10, np.arange(60) % 2
    warned = couple(anchors, positives, distinct_rows(60, small), options)
    assert "12 hard rows" in warned.notes[0]
    assert "the 6 rows that usually share its label" in warned.notes[0]
    assert "label" not in " ".join(
        couple(anchors, positives, distinct_rows(60, large), options).notes
    )


def test_as_many_negatives_as_positives_is_an_error_that_says_how_many_there_can_be():
    with pytest.raises(UsageError, match=r"5 negatives .* 5 distinct positives.* at most 4"):
        couple(QUERIES, POSITIVES, distinct_rows(5), CouplingOptions(5, 1))
    couple(QUERIES, POSITIVES, distinct_rows(5), CouplingOptions(4, 1))


def test_one_query_for_all_rows_is_an_error():
    rows = BatchRows(numbered([0, 0, 0]), numbered([1, 2, 3]), numbered([-1] * 3))
    with pytest.raises(UsageError, match="same query as row 0"):
        couple(at_angles(0, 0, 0), at_angles(1, 2, 3), rows, CouplingOptions(1, 1))


@pytest.mark.parametrize(
    "rows", [distinct_rows(0), BatchRows(*(numbered([1]),) * 2, numbered([-1]))]
)
def test_nothing_to_mine_from_is_an_error(rows: BatchRows):
    vectors = at_angles(*[0.0] * len(rows)) if len(rows) else np.zeros((0, 2), np.float32)
    with pytest.raises(UsageError, match="no rows with two different sides"):
        couple(vectors, vectors, rows, CouplingOptions(1, 1))


# Vectors


@pytest.mark.parametrize(("value", "said"), [(np.nan, "is not finite"), (0.0, "is zero")])
def test_a_vector_without_direction_is_an_error_that_names_the_row(value: float, said: str):
    broken = POSITIVES.copy()
    broken[3] = value
    with pytest.raises(InputError, match=f"the positive in row 3 {said}"):
        couple(QUERIES, broken, distinct_rows(5), ONE_OF_TWO)
    with pytest.raises(
        InputError, match=f"the anchor in row 3 {said}, and so it is in 1 other row"
    ):
        couple(_two_broken(value), POSITIVES, distinct_rows(5), ONE_OF_TWO)


def _two_broken(value: float) -> np.ndarray:
    vectors = QUERIES.copy()
    vectors[3:] = value
    return vectors


def test_vectors_of_other_lengths_are_normalized_and_counted():
    lengths = np.array([[1.0], [2.0], [1.0], [0.5], [1.0]], dtype=np.float32)
    mined = couple(QUERIES * lengths, POSITIVES, distinct_rows(5), ONE_OF_TWO)
    assert clusters(mined) == [[0, 2], [1, 3], [4, 1]]
    assert mined.notes == ("2 anchor vectors of another length than 1 had to be normalized.",)
