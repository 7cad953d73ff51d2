"""Which part of a training a given value is meant for."""

from __future__ import annotations

import pytest

from embedding_lab.errors import UsageError
from embedding_lab.study import Study
from embedding_lab.workflows.training_choices import sort_values


def test_values_find_the_part_they_are_meant_for():
    found = sort_values("info_nce", "random_batches", {
        "temperature": "0.1", "learning_rate": "1e-4", "steps": 3, "objective.is_symmetric": "yes",
    })  # fmt: skip
    assert found.objective_values == {"temperature": 0.1, "is_symmetric": True}
    assert found.settings == {"learning_rate": 1e-4, "steps": 3}
    assert found.sampler_values == {}
    with pytest.raises(UsageError, match="Did you mean temperature"):
        sort_values("info_nce", "random_batches", {"temprature": 1})
    with pytest.raises(UsageError, match="have a setting named sampler"):
        sort_values("info_nce", "random_batches", {"sampler.temperature": 1})


def test_a_plain_seed_is_the_trainings_and_a_number_of_negatives_the_samplers(ready, monkeypatch):
    found = sort_values("info_nce", "saha", {"seed": 3, "sampler.seed": 4})
    assert (found.settings, found.sampler_values) == ({"seed": 3}, {"seed": 4})
    monkeypatch.setattr(Study, "run", lambda self, job: vars(job))
    job = Study(ready).train("pairs", "tiny", sampler="saha", negatives=5, seed=2)
    assert (job["negatives"], job["sampler_values"]) == ("", {"negatives": 5})
    assert job["settings"] == {"seed": 2}
    assert (
        Study(ready).train("pairs", "tiny", sampler="saha", negatives="near")["negatives"] == "near"
    )
