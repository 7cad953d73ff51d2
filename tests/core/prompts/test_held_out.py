"""Drawing examples, and judging class vectors on the items that are left."""

from __future__ import annotations

import numpy as np
import pytest
from prompt_making import make_problem

from embedding_lab.errors import InputError, UsageError
from embedding_lab.prompt_optimizers import baselines
from embedding_lab.prompts import held_out
from embedding_lab.prompts.class_list import read_classes
from embedding_lab.prompts.held_out import (
    HeldOut,
    compared_with_baselines,
    draw_examples,
    warnings_about,
)
from embedding_lab.prompts.prompt_set import write_prompt_set
from embedding_lab.prompts.template_list import read_templates


def judges():
    problem, items, labels = make_problem(1)
    return problem, HeldOut(items, np.arange(len(items)), labels)


def test_examples_and_the_rest_are_all_items_and_share_none():
    true = np.repeat([0, 1, 2], [20, 5, 1])
    examples, others = draw_examples(true, 4, seed=3)
    assert np.bincount(true[examples], minlength=3).tolist() == [4, 2, 0]
    assert sorted([*examples, *others]) == list(range(26))
    again, _ = draw_examples(true, 4, seed=3)
    assert np.array_equal(examples, again)
    other, _ = draw_examples(true, 4, seed=4)
    assert not np.array_equal(examples, other)


def test_classes_of_one_item_leave_nothing_to_search_on():
    with pytest.raises(UsageError, match="No class has two labelled rows"):
        draw_examples(np.arange(5), 4, seed=0)


def test_judging_in_blocks_changes_nothing(monkeypatch):
    problem, whole = judges()
    weights = baselines.all_prompts(problem)
    is_right, likelihood = whole.is_right(weights), whole.log_likelihood(weights, 20.0)
    monkeypatch.setattr(held_out, "NUMBERS_AT_ONCE", 7 * max(weights.shape))
    assert np.array_equal(whole.is_right(weights), is_right)
    assert whole.log_likelihood(weights, 20.0) == pytest.approx(likelihood, rel=1e-6)
    logits = 20.0 * (whole.items @ weights.T).astype(np.float64)
    own = logits[np.arange(len(whole.true)), whole.true]
    assert likelihood == pytest.approx(np.mean(own - np.log(np.exp(logits).sum(axis=1))), rel=1e-4)


def test_what_equals_a_baseline_differs_from_it_by_nothing():
    problem, others = judges()
    found = compared_with_baselines(problem, baselines.nearest_prototype(problem), others)
    assert [item["name"] for item in found["baselines"]] == list(held_out.BASELINES)
    same = found["baselines"][-1]
    assert (same["difference"], same["difference_ci"], same["p_value"]) == (0.0, [0.0, 0.0], 1.0)
    assert same["verdict"] == "no difference shown"
    assert same["accuracy"] == found["accuracy"]
    assert found["accuracy_ci"][0] < found["accuracy"] < found["accuracy_ci"][1]
    best = max(found["baselines"], key=lambda item: item["accuracy"])
    assert found["best_baseline"] == best["name"]
    below = [item["name"] for item in found["baselines"] if item["accuracy"] > found["accuracy"]]
    told = warnings_about(found)
    assert len(told) == len(below)
    assert all(name in line for name, line in zip(below, told, strict=True))


def test_class_vectors_that_point_at_the_wrong_class_are_worse_and_warned_of():
    problem, others = judges()
    wrong = np.roll(baselines.nearest_prototype(problem), 1, axis=0)
    found = compared_with_baselines(problem, wrong, others)
    assert {item["verdict"] for item in found["baselines"]} == {"worse"}
    assert len(warnings_about(found)) == 4


SET = {
    "classes": [
        {"label": "a", "name": "the letter a", "descriptions": ["round, open"]},
        {"label": "b", "name": "b", "descriptions": []},
    ],
    "templates": ["{}", "a {} in {{braces}}"],
}


def test_a_prompt_set_is_read_back_as_it_was(tmp_path):
    folder = write_prompt_set(SET, tmp_path / "found")
    classes = read_classes(folder / "classes.json")
    assert [item.to_record() for item in classes] == SET["classes"]
    assert list(read_templates(folder / "templates.txt")) == SET["templates"]


def test_a_prompt_set_overwrites_nothing_and_loses_nothing(tmp_path):
    write_prompt_set(SET, tmp_path)
    with pytest.raises(UsageError, match="is there already"):
        write_prompt_set(SET, tmp_path)
    for template in ("two\nlines {}", " {} "):
        with pytest.raises(UsageError, match="cannot be written on a line of its own"):
            write_prompt_set({**SET, "templates": [template]}, tmp_path / "other")
    assert not (tmp_path / "other").exists()
    with pytest.raises(InputError, match="does not exist"):
        write_prompt_set(SET, tmp_path / "none" / "found")
