from __future__ import annotations

import pytest
from study_making import make_corpus

from embedding_lab.errors import LabError, UsageError
from embedding_lab.workspace.corpus import Document


@pytest.fixture
def subsets(workspace):
    rows = [Document(id=str(number), text="t") for number in range(5)]
    return make_corpus(workspace, "numbers", rows).subsets


def test_rows_are_kept_once_each_in_the_order_they_were_chosen_in(subsets):
    assert subsets.stamp == 0
    subsets.save(" odd ", [3, 1, 3], n_rows=5)
    stamp = subsets.stamp
    subsets.save("first", [0], n_rows=5)
    assert [(subset.name, subset.rows) for subset in subsets.list()] == [
        ("odd", (3, 1)),
        ("first", (0,)),
    ]
    assert subsets.stamp != stamp
    assert subsets.delete("odd").rows == (3, 1)
    assert [subset.name for subset in subsets.list()] == ["first"]


@pytest.mark.parametrize(
    ("name", "rows", "told"),
    [
        ("", [0], "needs a name"),
        ("first", [1], "a subset named first already"),
        ("none", [], "needs rows"),
        ("far", [0, 5], "no row 5; its rows are 0 to 4"),
    ],
)
def test_what_cannot_be_kept_is_told_and_nothing_changes(subsets, name, rows, told):
    subsets.save("first", [0], n_rows=5)
    with pytest.raises(UsageError, match=told):
        subsets.save(name, rows, n_rows=5)
    assert [subset.name for subset in subsets.list()] == ["first"]


def test_a_corpus_without_rows_has_none_to_keep(subsets):
    with pytest.raises(UsageError, match="no row 0; it has none"):
        subsets.save("x", [0], n_rows=0)


def test_an_unknown_name_is_told(subsets):
    with pytest.raises(UsageError, match="no subset named x"):
        subsets.get("x")


@pytest.mark.parametrize(
    "content",
    [
        "[]",
        "{",
        '{"x": 3}',
        '{"x": {"rows": [1]}}',
        '{"x": {"rows": 1, "created": 1}}',
        '{"x": {"rows": "12", "created": 1}}',
        '{"x": {"rows": [1.5], "created": 1}}',
        '{"x": {"rows": [-1], "created": 1}}',
        '{"x": {"rows": [[1]], "created": 1}}',
        '{"x": {"rows": [1], "created": "today"}}',
    ],
)
def test_a_damaged_list_is_told_and_left_as_it_is(subsets, content):
    subsets._file.write_text(content, encoding="utf-8")
    with pytest.raises(LabError, match=r"damaged|subsets\.json"):
        subsets.save("x", [0], n_rows=5)
    with pytest.raises(LabError, match=r"damaged|subsets\.json"):
        subsets.list()
    assert subsets._file.read_text(encoding="utf-8") == content
