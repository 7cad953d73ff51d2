"""JSON is read through a sliding window; whatever the window, the values are the same."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embedding_lab.readers import json_scanner
from embedding_lab.readers.items import Finding, Item, RawRow
from embedding_lab.readers.json_document import JsonShape, guess_layout, read_json
from embedding_lab.readers.values import flatten

if TYPE_CHECKING:
    from collections.abc import Iterator

SCALARS = (
    st.text(max_size=6) | st.integers() | st.booleans() | st.none() | st.floats(allow_nan=False)
)
OBJECTS = st.dictionaries(
    st.text(max_size=4),
    st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3), max_leaves=5),
    max_size=4,
)


@pytest.fixture(autouse=True)
def small_window() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_scanner, "WINDOW", 17)
        yield


def read(text: str) -> list[Item]:
    layout = guess_layout(io.StringIO(text))
    return list(
        read_json(io.StringIO(text), layout.shape, layout.columns, lambda: io.StringIO(text))
    )


def rows(text: str) -> list[dict[str, str]]:
    items = read(text)
    assert all(isinstance(item, RawRow) for item in items), items
    return [item.values for item in items if isinstance(item, RawRow)]


@given(st.lists(OBJECTS, max_size=5), st.sampled_from([None, 1, 4]))
@settings(max_examples=50, deadline=None)
def test_any_list_of_objects_is_read_whole(
    values: list[dict[str, Any]], indent: int | None
) -> None:
    text = json.dumps(values, indent=indent)
    assert rows(text) == [flatten(value) for value in json.loads(text)]


@given(st.lists(st.text(max_size=30) | st.integers(), max_size=8))
@settings(max_examples=50, deadline=None)
def test_any_list_of_texts_and_numbers_is_read_whole(values: list[str | int]) -> None:
    assert rows(json.dumps(values)) == [{"text": str(value)} for value in values]


@given(st.lists(OBJECTS, min_size=1, max_size=6), st.data())
@settings(max_examples=50, deadline=None)
def test_a_broken_object_on_its_own_lines_costs_that_object_only(
    values: list[dict[str, Any]], data: st.DataObject
) -> None:
    broken = data.draw(st.integers(0, len(values) - 1))
    texts = [json.dumps(value) for value in values]
    texts[broken] = '{"x" 1}'
    items = read("[\n  " + ",\n  ".join(texts) + "\n]")
    good = [flatten(value) for number, value in enumerate(values) if number != broken]
    assert [item.values for item in items if isinstance(item, RawRow)] == good
    findings = [item for item in items if isinstance(item, Finding)]
    assert [finding.line for finding in findings] == [broken + 2]


def test_lines_are_those_on_which_rows_begin() -> None:
    text = json.dumps([{"a": 1, "b": [1, 2]}, {"a": 2}, {"a": 3}], indent=1)
    lines = text.split("\n")
    for item in read(text):
        assert lines[item.line - 1].strip() == "{"


@pytest.mark.parametrize(
    ("value", "shape", "expected"),
    [
        ([{"a": 1}], JsonShape.LIST, [{"a": "1"}]),
        ({"data": [{"a": 1}], "n": 1}, JsonShape.LISTS_OF_OBJECTS, None),
        (
            {"train": [{"a": 1}], "test": [{"a": 2}]},
            JsonShape.LISTS_OF_OBJECTS,
            [{"a": "1"}, {"a": "2"}],
        ),
        (
            {"a": [1, 2], "b": ["x", "y"]},
            JsonShape.COLUMNS,
            [{"a": "1", "b": "x"}, {"a": "2", "b": "y"}],
        ),
        ({"data": ["x", "y"], "n": 1}, JsonShape.COLUMNS, [{"data": "x"}, {"data": "y"}]),
        ({"query": "q", "pos": ["x"]}, JsonShape.OBJECTS, [{"query": "q", "pos": '["x"]'}]),
        (
            {"k": {"a": 1}, "l": {"a": 2}},
            JsonShape.MEMBERS,
            [{"key": "k", "a": "1"}, {"key": "l", "a": "2"}],
        ),
    ],
)
def test_every_common_shape_is_recognised(
    value: Any, shape: JsonShape, expected: list[dict[str, str]] | None
) -> None:
    text = json.dumps(value)
    assert guess_layout(io.StringIO(text)).shape is shape
    if expected is not None:
        assert rows(text) == expected


def test_text_behind_the_list_is_told() -> None:
    assert isinstance(read('["a"] ["b"]')[1], Finding)


def test_keys_that_repeat_keep_all_their_values() -> None:
    assert rows('[{"a": "x", "a": "y", "b": {"c": 1}, "b.c": 2}]') == [
        {"a": "x", "a#2": "y", "b.c": "1", "b.c#2": "2"}
    ]
