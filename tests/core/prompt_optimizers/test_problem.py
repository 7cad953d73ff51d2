"""The problem: class vectors, and what it refuses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from prompt_making import MadeUp, make_problem

from embedding_lab.contracts import PromptSet
from embedding_lab.errors import InputError
from embedding_lab.prompt_optimizers.problem import LabelledPrompts, normalized

SMALL = MadeUp(n_super=2, n_per_super=2, n_templates=5, n_descriptions=2, dimension=16)


@pytest.fixture
def problem() -> LabelledPrompts:
    return make_problem(0, SMALL)[0]


def test_class_vectors_are_normalized_means_of_the_prompts_of_the_class(problem):
    weights = problem.class_weights(PromptSet(frozenset({1, 4}), frozenset({0, 1, 2})))
    # Descriptions 0 and 1 belong to class 0, description 2 to class 1, none to 2 and 3.
    for number, own in ((0, [0, 1]), (1, [2]), (2, []), (3, [])):
        prompts = np.concatenate([problem.templates[[1, 4], number], problem.descriptions[own]])
        mean = prompts.mean(axis=0)
        np.testing.assert_allclose(weights[number], mean / np.linalg.norm(mean), atol=1e-6)


def test_order_and_repetition_do_not_exist(problem):
    first = problem.class_weights(PromptSet(frozenset([3, 0, 2])))
    again = problem.class_weights(PromptSet(frozenset([2, 2, 0, 3, 0])))
    np.testing.assert_array_equal(first, again)


def test_a_class_without_a_description_is_told_by_its_templates(problem):
    without = replace(problem, descriptions=problem.descriptions[:2], owners=problem.owners[:2])
    told = without.class_weights(PromptSet(frozenset({0}), frozenset({0, 1})))
    np.testing.assert_allclose(told[3], problem.templates[0, 3], atol=1e-6)


def test_descriptions_may_be_left_out(problem):
    bare = LabelledPrompts(problem.templates, problem.items, problem.labels)
    assert bare.descriptions.shape == (0, problem.dimension)
    assert bare.class_weights(PromptSet(frozenset({0}))).shape == (4, 16)


def test_classes_without_an_example_are_named(problem):
    is_kept = problem.labels != 2
    fewer = replace(problem, items=problem.items[is_kept], labels=problem.labels[is_kept])
    assert fewer.classes_without_examples == [2]
    assert problem.classes_without_examples == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"templates": np.zeros((0, 4, 16), np.float32)}, "There is no template to choose from."),
        (
            {"items": np.zeros((0, 16), np.float32), "labels": np.zeros(0, np.int64)},
            "There is no labelled example.",
        ),
        ({"items": normalized(np.ones((16, 8), np.float32))}, "The examples have vectors of"),
        ({"labels": np.zeros(3, np.int64)}, "There must be one class for each of the examples."),
        ({"labels": np.full(16, 4)}, "The classes of the examples must be numbers from 0 to 3."),
        ({"owners": np.full(8, -1)}, "The classes of the descriptions must be numbers from 0"),
        ({"items": np.ones((16, 16), np.float32)}, "The vector of some example does not have"),
    ],
)
def test_what_does_not_fit_is_refused(problem, change, sentence):
    with pytest.raises(InputError) as caught:
        replace(problem, **change)
    assert caught.value.message.startswith(sentence)


def test_vectors_that_are_not_numbers_are_refused(problem):
    broken = problem.templates.copy()
    broken[0, 0, 0] = np.nan
    with pytest.raises(InputError, match="some template"):
        replace(problem, templates=broken)
