"""The manual as it is read: every link leads somewhere, every method has its page."""

from __future__ import annotations

import re

import pytest

from embedding_lab import resources
from embedding_lab.manual.page import ManualPage, place, plain, slug
from embedding_lab.manual.pages import MARK, ORDER, manual_pages
from embedding_lab.registry.markdown import default_text
from embedding_lab.registry.registry import Registry, family_title
from embedding_lab.settings import Settings
from embedding_lab.training.settings import PARAMETERS

FOLDER = resources.path("manual")
FILES = sorted(path.stem for path in FOLDER.glob("*.md"))
SHORTCUTS = {"shortcuts": "| Ctrl+N | New | Workspace |"}
PAGES = manual_pages(SHORTCUTS)
CARDS = Registry().list()
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")


@pytest.mark.parametrize("name", PAGES)
def test_every_link_of_a_page_leads_to_a_page_and_a_section(name: str) -> None:
    lost = []
    for is_picture, _, target in LINK.findall(PAGES[name].text):
        if is_picture or target.startswith("http"):
            continue
        page, section = place(target)
        there = PAGES.get(page or name)
        slugs = [item.slug for item in there.sections] if there else []
        if there is None or (section and section not in slugs):
            lost.append(target)
    assert lost == []


@pytest.mark.parametrize("name", FILES)
def test_every_picture_is_there_in_both_themes_and_is_described(name: str) -> None:
    text = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    for is_picture, described, target in LINK.findall(text):
        if is_picture:
            assert len(described.split()) >= 2, f"{target} has no description"
            assert "-light." in target
            assert (FOLDER / target).is_file()
            assert (FOLDER / target.replace("-light.", "-dark.")).is_file()


def test_every_picture_is_shown_somewhere() -> None:
    shown = {target for page in PAGES.values() for _, _, target in LINK.findall(page.text)}
    unused = [
        path.name
        for path in (FOLDER / "pictures").glob("*-light.png")
        if f"pictures/{path.name}" not in shown
    ]
    assert unused == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_one_title_and_no_section_twice(name: str) -> None:
    page = PAGES[name]
    slugs = [section.slug for section in page.sections]
    assert page.text.startswith("# ")
    assert len(slugs) == len(set(slugs))
    assert not MARK.search(page.text), "a mark was not filled in"


def test_every_file_has_its_place_in_the_contents() -> None:
    assert set(FILES) <= set(ORDER)
    assert [name for name in PAGES if name in FILES] == [name for name in ORDER if name in FILES]


def test_every_method_has_a_page_with_all_that_its_card_says() -> None:
    for card in CARDS:
        page = PAGES[f"method/{card.id}"]
        assert page.title == card.title
        assert page.above == (family_title(card.family),)
        for said in (card.summary, card.when_to_use, str(card.paper), *card.inputs):
            assert said in page.text
        for item in card.parameters:
            assert f"| `{item.name}` | {default_text(item)} | {item.rule} |" in page.text
        for result in card.results:
            assert result.sentence in page.text
            assert result.command in page.text
        assert f"[{card.title}](method/{card.id})" in PAGES["methods"].text


def test_every_setting_is_explained() -> None:
    text = PAGES["settings"].text
    shown = [item for item in Settings.__dataclass_fields__.values()
             if not item.metadata.get("hidden")]  # fmt: skip
    for item in shown:
        assert f"## {item.metadata['title']}\n\n{item.metadata['help']}" in text
        assert f"`{item.name}`" in text


def test_every_setting_of_training_is_explained() -> None:
    for item in PARAMETERS:
        assert f"| `{item.name}` | {default_text(item)} | {item.rule} |" in PAGES["training"].text


def test_what_the_window_makes_is_filled_in() -> None:
    assert SHORTCUTS["shortcuts"] in PAGES["keyboard"].text


def test_headings_in_code_are_none_and_words_are_read_without_their_marks() -> None:
    page = ManualPage("p", "# One\n\n```\n# no heading\n```\n\n## Two `words`\n\ntext\n")
    assert [section.heading for section in page.sections] == ["One", "Two words"]
    assert slug("Encoders with code of their *own*!") == "encoders-with-code-of-their-own"
    assert plain("| a | **b** |\n|---|---|\n| `c_d` | [e](f.md) |") == "a b c_d e"
    assert plain("![A picture](x.png) of *it*") == "A picture of it"
