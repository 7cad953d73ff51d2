"""The trial of the hierarchical prompt: the system text decides what the vectors tell apart."""

from __future__ import annotations

import pytest
from research.trial_hierarchical_prompts import ATTRIBUTE, CATEGORY, MEAN, NONE, run_trial


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_system_text_decides_which_factor_the_vectors_hold(seed: int) -> None:
    outcome = run_trial(seed)
    category = {name: is_right.mean() for name, is_right in outcome.category.items()}
    assert category[CATEGORY] - category[NONE] >= 0.08
    assert category[CATEGORY] - category[ATTRIBUTE] >= 0.4
    assert outcome.attribute[ATTRIBUTE].mean() - outcome.attribute[CATEGORY].mean() >= 0.4
    assert category[CATEGORY] - category[MEAN] >= 0.4
