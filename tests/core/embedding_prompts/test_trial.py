"""The trial of the hierarchical prompt: the system text decides what the vectors tell apart."""

from __future__ import annotations

import numpy as np
import pytest
from research.trial_hierarchical_prompts import ATTRIBUTE, CATEGORY, MEAN, NONE, run_trial


@pytest.mark.timeout(240)
def test_a_sixth_of_the_training_shows_it_already() -> None:
    outcome = run_trial(seed=0, n_steps=150, n=200)
    category, attribute = outcome.category, outcome.attribute
    assert category[CATEGORY].mean() - category[NONE].mean() >= 0.08
    assert category[CATEGORY].mean() - category[ATTRIBUTE].mean() >= 0.2
    assert attribute[ATTRIBUTE].mean() - attribute[CATEGORY].mean() >= 0.4


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_system_text_decides_which_factor_the_vectors_hold() -> None:
    outcomes = [run_trial(seed) for seed in range(3)]

    def category(name: str) -> float:
        return float(np.mean([outcome.category[name] for outcome in outcomes]))

    assert category(CATEGORY) - category(NONE) >= 0.08
    assert category(CATEGORY) - category(ATTRIBUTE) >= 0.4
    assert category(CATEGORY) - category(MEAN) >= 0.4
    for outcome in outcomes:
        assert outcome.attribute[ATTRIBUTE].mean() - outcome.attribute[CATEGORY].mean() >= 0.4
