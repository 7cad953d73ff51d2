"""Parameters: what they take, and how they say so."""

from __future__ import annotations

import math

import pytest

from embedding_lab.errors import UsageError
from embedding_lab.registry.parameter import Parameter, ParameterType

INT = Parameter("n_rounds", ParameterType.INT, 3, "How often", min=0, max=2000)
FLOAT = Parameter("weight", ParameterType.FLOAT, 0.1, "How much", min=0)
BOOL = Parameter("is_even", ParameterType.BOOL, default=True, help="Whether")
CHOICE = Parameter("kind", ParameterType.CHOICE, "a", "Which", choices=("a", "b"))
TEXT = Parameter("prompt", ParameterType.TEXT, "", "What to say")


@pytest.mark.parametrize(
    ("parameter", "typed", "value"),
    [
        (INT, " 1,200 ", 1200),
        (FLOAT, "2", 2.0),
        (FLOAT, "1e-3", 0.001),
        (BOOL, "Yes", True),
        (BOOL, "0", False),
        (CHOICE, " b ", "b"),
        (TEXT, " as it is ", " as it is "),
    ],
)
def test_what_is_typed_becomes_a_value_of_its_type(parameter, typed, value):
    found = parameter.parsed(typed)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("parameter", "typed", "sentence"),
    [
        (INT, "2001", "N rounds must be a whole number from 0 to 2,000, not 2,001."),
        (INT, "1.5", "N rounds must be a whole number from 0 to 2,000, not 1.5."),
        (INT, "", "N rounds must be a whole number from 0 to 2,000, not empty."),
        (FLOAT, "-1", "Weight must be a number of at least 0, not -1."),
        (FLOAT, "nan", "Weight must be a number of at least 0, not nan."),
        (FLOAT, "lots", "Weight must be a number of at least 0, not “lots”."),
        (BOOL, "perhaps", "Is even must be yes or no, not “perhaps”."),
        (CHOICE, "c", "Kind must be one of a, b, not “c”."),
    ],
)
def test_what_is_not_allowed_is_told_in_a_sentence(parameter, typed, sentence):
    with pytest.raises(UsageError) as caught:
        parameter.parsed(typed)
    assert caught.value.message == sentence


@pytest.mark.parametrize("value", [True, "3", 3.0, None])
def test_a_value_of_another_type_is_no_whole_number(value):
    with pytest.raises(UsageError):
        INT.checked(value)


def test_a_whole_number_is_a_number():
    found = FLOAT.checked(2)
    assert isinstance(found, float)
    with pytest.raises(UsageError):
        FLOAT.checked(math.inf)
    with pytest.raises(UsageError):
        BOOL.checked(1)


def test_rules_say_what_is_allowed():
    bare = Parameter("x", ParameterType.FLOAT, 0.0, "A number")
    most = Parameter("x", ParameterType.INT, 0, "A number", max=5)
    large = Parameter("x", ParameterType.INT, 0, "A number", min=0, max=4_000_000)
    rules = [p.rule for p in (INT, FLOAT, BOOL, CHOICE, TEXT, bare, most, large)]
    assert rules == [
        "a whole number from 0 to 2,000",
        "a number of at least 0",
        "yes or no",
        "one of a, b",
        "a text",
        "a number",
        "a whole number of at most 5",
        "a whole number from 0 to 4,000,000",
    ]
