"""The trials of mined negatives: hardness teaches, false negatives do harm."""

from __future__ import annotations

import pytest
from research.trial_saha import IN_BATCH, SAHA, TOP_K, run_trial


def test_the_filter_leaves_few_of_the_false_negatives_and_better_answers_than_random_batches():
    outcome = run_trial("trial1", seed=0)
    assert outcome.false_negatives[SAHA] <= 0.2 * outcome.false_negatives[TOP_K]
    assert outcome.same_topic[SAHA] >= 10 * outcome.same_topic[IN_BATCH]
    assert outcome.recall(SAHA) >= outcome.recall(IN_BATCH) + 0.05


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_hard_negatives_teach_more_than_random_ones():
    for seed in range(3):
        outcome = run_trial("trial1", seed)
        assert outcome.recall(SAHA) >= outcome.recall(IN_BATCH) + 0.05
        assert outcome.false_negatives[SAHA] <= 0.2 * outcome.false_negatives[TOP_K]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_where_false_negatives_are_many_the_filter_does_better_than_none():
    for seed in range(3):
        outcome = run_trial("trial2", seed)
        assert outcome.recall(SAHA) >= outcome.recall(TOP_K) + 0.05
        assert outcome.false_negatives[SAHA] <= 0.2 * outcome.false_negatives[TOP_K]
