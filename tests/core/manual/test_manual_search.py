"""Searching the manual: ranked, with the piece of text that fits, and a way on without one."""

from __future__ import annotations

import pytest

from embedding_lab.manual.page import ManualPage
from embedding_lab.manual.pages import manual_pages
from embedding_lab.manual.search import MOST_WORDS, ManualIndex
from embedding_lab.registry.registry import Registry

INDEX = ManualIndex(manual_pages().values())


@pytest.mark.parametrize(
    ("typed", "page", "section"),
    [
        ("embedding", "embedding", "embedding"),
        ("hub download", "encoders", "from-a-hub"),
        ("stay offline", "settings", "stay-offline"),
        ("trash", "window", "the-trash"),
        ("filters", "command-line", "filters"),
        ("pooling", "encoders", "adding-one"),
    ],
)
def test_what_one_looks_for_is_among_the_first_three(typed, page, section):
    first = [(found.page, found.slug) for found in INDEX.find(typed)[:3]]
    assert (page, section) in first


@pytest.mark.parametrize("card", Registry().list(), ids=lambda card: card.id)
def test_every_method_is_found_by_its_title_and_by_its_authors(card):
    assert INDEX.find(card.title)[0].page == f"method/{card.id}"
    author = card.paper.authors.split(",")[0].split(" and ")[0]
    assert any(found.page == f"method/{card.id}" for found in INDEX.find(author))


def test_the_snippet_shows_the_word_and_results_are_in_order():
    found = INDEX.find("interrupted")
    assert found
    assert all("interrupted" in item.snippet.casefold() for item in found)
    scores = [item.score for item in found]
    assert scores == sorted(scores, reverse=True)


def test_every_word_must_fit_unless_none_has_them_all():
    pages = [ManualPage("a", "# A\n\nred fox"), ManualPage("b", "# B\n\nred hen")]
    index = ManualIndex(pages)
    assert [item.page for item in index.find("red fox")] == ["a"]
    assert {item.page for item in index.find("red fox hen")} == {"a", "b"}
    assert index.find("   ") == []


def test_a_word_that_was_mistyped_gets_a_suggestion_that_finds_something():
    assert INDEX.find("qqzzx") == []
    assert INDEX.suggestion("qqzzx") == ""
    assert INDEX.suggestion("embeding corpsu") == "embedding corpus"
    assert INDEX.find(INDEX.suggestion("embeding corpsu"))
    assert INDEX.suggestion("embed") == ""


def test_of_a_page_that_is_pasted_the_first_words_count():
    first = "zebra corpus yak encoder xylophone search quail training mule prompts lynx vectors"
    pasted = first + " interrupted offline trash" * 1000
    assert INDEX.find(first) == INDEX.find(pasted) != []
    assert len(INDEX.suggestion(pasted).split()) <= MOST_WORDS
