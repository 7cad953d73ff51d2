from __future__ import annotations

import random

import pytest

from embedding_lab.search.highlight import SNIPPET, highlight


def marked(text, query):
    return [text[start:stop] for start, stop in highlight(text, query).spans]


@pytest.mark.parametrize(
    ("text", "query", "words"),
    [
        ("Whales ran while a whale sang", "whale", ["Whales", "whale"]),
        (
            "cities, city, running, runs, run",
            "city run",
            ["cities", "city", "running", "runs", "run"],
        ),
        ("process processing processes", "processes", ["process", "processing", "processes"]),
        ("art is not an artist", "art", ["art"]),
        ("Élan ÉLAN elan", "élan", ["Élan", "ÉLAN"]),
        ("the cat of the house", "what is the cat", ["cat"]),
        ("to be or not to be", "to be", ["to", "be", "to", "be"]),
        ("東京都の天気", "東京の天気", ["東京", "の天"]),
        ("c++ and a.b (3d)", "C++ 3d [", ["c", "3d"]),
        ("nothing here", "whale", []),
        ("nothing here", "", []),
        ("", "whale", []),
    ],
)
def test_the_words_of_the_query_are_marked(text, query, words):
    assert marked(text, query) == words


def test_a_short_text_is_shown_whole():
    shown = highlight("a small whale", "whale")
    assert (shown.start, shown.stop) == (0, 13)


def test_the_part_with_most_of_the_words_is_shown():
    filler = "lorem ipsum dolor " * 40
    text = f"{filler} whale {filler} a white whale sings songs {filler}"
    shown = highlight(text, "white whale song")
    part = text[shown.start : shown.stop]
    assert "white whale sings songs" in part
    assert len(part) <= SNIPPET
    assert text[shown.start - 1] == " "
    assert [text[a:b] for a, b in shown.spans] == ["white", "whale", "songs"]


def test_without_any_match_the_beginning_is_shown():
    text = "lorem ipsum dolor " * 40
    shown = highlight(text, "whale")
    assert shown.start == 0
    assert 120 <= shown.stop <= SNIPPET
    assert shown.spans == ()


def test_spans_lie_in_order_inside_the_part_that_is_shown():
    rng = random.Random(1)
    letters = "abc d.é\n東"
    for _ in range(300):
        text = "".join(rng.choice(letters) for _ in range(rng.randint(0, 900)))
        query = "".join(rng.choice(letters) for _ in range(rng.randint(0, 12)))
        shown = highlight(text, query, 100)
        assert 0 <= shown.start <= shown.stop <= len(text)
        assert shown.stop - shown.start <= 100
        at = shown.start
        for start, stop in shown.spans:
            assert at <= start < stop <= shown.stop
            at = stop
