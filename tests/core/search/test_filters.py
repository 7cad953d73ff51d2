from __future__ import annotations

import random

import pytest
from study_making import make_corpus

from embedding_lab.search.filter_tokens import FilterError, quoted, tokens
from embedding_lab.search.filters import filter_problem, parse_filter, rows_that_fit
from embedding_lab.workspace.corpus import Document

ROWS = [
    Document(id="a", title="The Whale", text="call me", label="novel", extra={"year": 1851}),
    Document(id="b", title="Élan vital", text="", label="essay", extra={"year": "1907"}),
    Document(id="c", text="a whale of a time", extra={"year": "unknown", "big one": 3.5}),
    Document(id="d", title="", text="x", label="", extra={'we"ird\\ name': "here", "is_new": True}),
    Document(id="e", text="ÉLAN", label="O'Brien", extra={"is_new": "False", "tags": ["p", "q"]}),
]


@pytest.fixture
def corpus(workspace):
    return make_corpus(workspace, "books", ROWS)


def found(corpus, expression):
    condition = parse_filter(expression, corpus)
    return "".join(ROWS[row].id for row in corpus.select(condition.sql, condition.parameters))


@pytest.mark.parametrize(
    ("expression", "ids"),
    [
        ("", "abcde"),
        ('label = "novel"', "a"),
        ('label == "Novel"', ""),
        ('label != "novel"', "bcde"),
        ('not label = "novel"', "bcde"),
        ('not not label = "novel"', "a"),
        ("year = 1851", "a"),
        ("year >= 1851", "ab"),
        ("year > 1851.5", "b"),
        ("year < 1907", "a"),
        ("year <= 1907", "ab"),
        ("not year > 1851", "acde"),
        ('year = "unknown"', "c"),
        ('year >= "1900"', "bc"),
        ("`big one` > 3", "c"),
        ('"big one" = 3.5', "c"),
        ('`we"ird\\ name` = "here"', "d"),
        ("is_new = true", "d"),
        ("is_new = false", "e"),
        ("is_new != true", "abce"),
        ('title contains "whale"', "a"),
        ('text contains "WHALE"', "c"),
        ('title contains "élan" or text contains "élan"', "be"),
        ('text not contains "whale"', "abde"),
        ('label in ("novel", "essay")', "ab"),
        ('label not in ("novel", "essay")', "cde"),
        ("year in (1851, 1907)", "ab"),
        ("label is empty", "cd"),
        ("label is not empty", "abe"),
        ("text is empty", "b"),
        ("tags is empty", "abcd"),
        ("label = 'O''Brien'", "e"),
        ('label = "novel" or label = "essay" and year > 1900', "ab"),
        ('(label = "novel" or label = "essay") and year > 1900', "b"),
        ('LABEL = "novel"', None),
        ('label = "novel" AND year IS NOT EMPTY', "a"),
        ("year > 99999999999999999999999", ""),
    ],
)
def test_a_filter_keeps_the_rows_it_describes(corpus, expression, ids):
    if ids is None:
        with pytest.raises(FilterError, match="no such column"):
            found(corpus, expression)
    else:
        assert found(corpus, expression) == ids


@pytest.mark.parametrize(
    ("expression", "at", "what"),
    [
        ("label = world", 9, "a number or text in double quotes, found world"),
        ('label = "a" label', 13, "`and`, `or` or the end, found label"),
        ("label", 6, "a comparison such as =, >=, contains, in, or is empty, found the end"),
        ("label is full", 10, "`empty` or `not empty`, found full"),
        ("(label is empty", 16, "`)`, found the end"),
        ('label in "a"', 10, "`(`, found a"),
        ('label in ("a" "b")', 15, "`,` or `)`, found b"),
        ("= 3", 1, "the name of a column, found ="),
        ('label = "a', 9, "never closed"),
        ("label = 3; drop", 10, "';' means nothing"),
        ("title contains x", 16, "text in double quotes"),
        ("year < true", 8, "only = and != can"),
    ],
)
def test_an_error_tells_where_and_what_was_expected(corpus, expression, at, what):
    with pytest.raises(FilterError) as caught:
        found(corpus, expression)
    assert what in caught.value.message
    assert f"character {at}" in caught.value.message


def test_an_unknown_column_is_answered_with_the_nearest(corpus):
    with pytest.raises(FilterError) as caught:
        found(corpus, "lable = 3")
    assert "Did you mean label?" in caught.value.hint


@pytest.mark.parametrize(
    "expression",
    [
        "(" * 60 + "year = 1" + ")" * 60,
        " or ".join(["year=1"] * 300),
        "x" * 20_000,
        "year in (" + ",".join("1" * 300) + ")",
    ],
)
def test_endless_filters_are_refused(corpus, expression):
    with pytest.raises(FilterError):
        found(corpus, expression)


def test_the_longest_allowed_filters_run(corpus):
    assert found(corpus, " or ".join(["`big one`=1"] * 199 + ["year=1851"])) == "a"
    assert found(corpus, "(" * 50 + "year = 1851" + ")" * 50) == "a"
    assert found(corpus, "not " * 500 + "year = 1851") == "a"


def test_no_value_ever_reaches_the_sql_text(corpus):
    rng = random.Random(5)
    nasty = [
        "'",
        '"',
        ";",
        "--",
        "/*",
        "\\",
        ")",
        "DROP TABLE documents",
        "\x00",
        "?",
        "é",
        "%",
        "$",
    ]
    seen = set()
    for _ in range(500):
        value = "".join(rng.choice(nasty) for _ in range(rng.randint(1, 8)))
        quoted = '"' + value.replace('"', '""') + '"'
        operation = rng.choice(["label = ", "title contains ", "year >= ", "label != "])
        condition = parse_filter(operation + quoted, corpus)
        seen.add(condition.sql)
        assert value in condition.parameters or value.lower() in condition.parameters
        corpus.select(condition.sql, condition.parameters)
    assert len(seen) <= 6  # one per operation, and one more per number of spellings
    assert len(corpus.ids()) == 5


def test_column_names_are_parameters_too(workspace):
    names = ["a'b", 'a"b', "a)b", "$.x", "tab\there", "ünïcode", "; DROP TABLE documents"]
    rows = [Document(id=str(i), text="t", extra={name: i}) for i, name in enumerate(names)]
    corpus = make_corpus(workspace, "odd", rows)
    for i, name in enumerate(names):
        condition = parse_filter(f"`{name}` = {i}", corpus)
        assert name not in condition.sql
        assert corpus.select(condition.sql, condition.parameters).tolist() == [i]


def test_random_expressions_either_run_or_are_refused_with_a_sentence(corpus):
    rng = random.Random(6)
    words = ["label", "year", "`big one`", '"x"', "3", "and", "or", "not", "(", ")", "=", "<"]
    words += ["contains", "in", "is", "empty", ",", "true", "!="]
    n_run = 0
    for _ in range(3000):
        expression = " ".join(rng.choice(words) for _ in range(rng.randint(1, 7)))
        try:
            found(corpus, expression)
            n_run += 1
        except FilterError:
            continue
    assert n_run >= 3


def test_a_subset_is_a_condition_like_any_other(corpus):
    corpus.subsets.save("to read", [3, 0], n_rows=corpus.n_rows)
    assert found(corpus, 'in subset "to read"') == "ad"
    assert found(corpus, 'not in subset "to read" and text contains "whale"') == "c"
    assert rows_that_fit(corpus, 'in subset "to read"').nonzero()[0].tolist() == [0, 3]
    corpus.subsets.delete("to read")
    corpus.subsets.save("to read", [1], n_rows=corpus.n_rows)
    assert rows_that_fit(corpus, 'in subset "to read"').nonzero()[0].tolist() == [1]


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ('in subset "to reed"', "There is no subset named to reed. Did you mean to read?"),
        ("in subset books", "expected the name of a subset in double quotes"),
        ('in ("a")', 'expected a column before it, or `subset "name"` behind it'),
    ],
)
def test_a_subset_that_is_not_there_is_told(corpus, expression, told):
    corpus.subsets.save("to read", [3, 0], n_rows=corpus.n_rows)
    assert told in filter_problem(expression, corpus)


@pytest.mark.parametrize("text", ["plain", 'land "dry"', "it's", '"', "", 'a\\"b'])
def test_a_quoted_text_is_read_back_as_it_was(text):
    assert [token.value for token in tokens(quoted(text))] == [text, ""]
