"""The Methods page as a user meets it: searching, reading, choosing values, going on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton

from embedding_lab.registry import registry
from embedding_lab.registry.registry import Registry, family_title
from embedding_lab.registry.table import CardError
from embedding_lab_app.pages.methods.parameter_list import ParameterList
from embedding_lab_app.widgets.interval_bar import IntervalBar

if TYPE_CHECKING:
    from embedding_lab_app.main_window import MainWindow
    from embedding_lab_app.pages.methods.page import MethodsPage

CARDS = Registry().list()


@pytest.fixture
def page(window: MainWindow) -> MethodsPage:
    window.show_page("methods")
    shown = window.page("methods")
    shown.controller.choose("proapo")
    return shown


def names(page: MethodsPage) -> list[str]:
    return [page.list.lines.line(row).name for row in range(page.list.lines.rowCount())]


def texts(page: MethodsPage) -> list[str]:
    return [label.text() for label in page.view.findChildren(QLabel)]


def test_every_method_is_listed_by_family_and_the_first_is_shown(window):
    window.show_page("methods")
    page = window.page("methods")
    assert names(page) == [card.title for card in CARDS]
    assert page.list.lines.line(0).facts == family_title(CARDS[0].family)
    assert page.view.card.id == page.list.chosen == CARDS[0].id


def test_a_card_shows_all_that_is_known(page):
    card = Registry().get("proapo")
    shown = texts(page)
    for text in (card.title, card.summary, card.when_to_use, str(card.paper)):
        assert text in shown
    for result in card.results:
        assert f"{result.sentence}." in shown
        assert result.verdict.capitalize() in shown
        assert result.command in shown
    bars = page.view.findChildren(IntervalBar)
    assert [bar.accessibleName() for bar in bars] == [
        f"{result.verdict.capitalize()}: {result.sentence}" for result in card.results
    ]
    rows = page.view.findChild(ParameterList).rows()
    assert [row[0] for row in rows] == [item.title for item in card.parameters]
    assert rows[2] == [
        "Epochs", "8 generations", "a whole number from 1 to 100",
        "Generations of the search over templates.",
    ]  # fmt: skip


def test_a_method_that_was_not_measured_says_so(page, monkeypatch):
    bare = replace(Registry().get("greedy_selection"), results=())
    monkeypatch.setattr(page.controller, "_cards", [bare])
    page.controller.choose(bare.id)
    assert "Not measured yet." in texts(page)


def test_no_text_is_cut_off_however_narrow_the_window_is(page, window, qtbot):
    for width in (1024, 1280):
        window.resize(width, 800)
        qtbot.wait(30)
        labels = [label for label in page.view.findChildren(QLabel) if label.isVisible()]
        cut = [
            label.text()
            for label in labels
            if label.height() < label.heightForWidth(label.width()) or label.width() < 24
        ]
        assert cut == []


def test_search_finds_words_of_title_family_paper_and_description(page, qtbot):
    qtbot.keyClicks(page.search, "caruana selection")
    assert names(page) == ["Greedy template selection"]
    assert page.view.card.id == "greedy_selection"
    page.search.setText("PROMPT OPTIMIZERS")
    assert len(names(page)) == len(Registry().list("prompt_optimizers"))
    assert page.view.card.id == "greedy_selection"


def test_a_search_without_a_result_offers_all_methods_again(page, qtbot):
    page.search.setText("no such thing")
    assert page.stack.currentWidget() is page.empty
    next(b for b in page.empty.findChildren(QPushButton) if b.isVisible()).click()
    assert page.search.text() == ""
    assert page.stack.currentWidget() is page.view
    assert names(page) == [card.title for card in CARDS]


def test_arrow_keys_walk_through_the_methods(page, qtbot):
    page.list.setFocus()
    first = page.list.lines.row_of("proapo")
    qtbot.keyClick(page.list, Qt.Key.Key_Up)
    assert page.view.card.title == names(page)[first - 1]


def test_chosen_values_are_copied_as_python_that_makes_the_method(page):
    page.view.form.fields["epochs"].input.setText("4")
    page.view.copy_as._copy_python()
    lines = QGuiApplication.clipboard().text()
    assert lines.endswith("method = lab.method('proapo').create(epochs=4)\n")
    namespace: dict[str, object] = {}
    exec(lines, namespace)
    assert namespace["method"].epochs == 4
    page.view.copy_as._copy_command()
    assert QGuiApplication.clipboard().text() == "embedding-lab methods show proapo"


def test_the_command_of_a_result_is_copied(page):
    button = next(
        b for b in page.view.findChildren(QPushButton) if b.accessibleName().startswith("Copy the")
    )
    button.click()
    assert QGuiApplication.clipboard().text().startswith("python tests/research/trial_proapo.py")


def test_a_method_that_no_page_runs_has_no_button(page, window, monkeypatch):
    monkeypatch.delitem(window.context.runs_on, "prompt_optimizers")
    page.controller.choose("greedy_selection")
    assert page.view.run_button.isHidden()


def test_the_page_that_runs_a_method_is_opened_with_the_chosen_values(page, window, monkeypatch):
    button = page.view.run_button
    assert (button.isHidden(), button.text()) == (False, "Open in Prompts")
    page.view.form.fields["epochs"].input.setText("0")
    assert not button.isEnabled()
    page.view.form.fields["epochs"].input.setText("5")
    taken = []
    monkeypatch.setattr(
        type(window.page("prompts")), "open_with", lambda _, given: taken.append(given)
    )
    button.click()
    assert window.current_page().page_id == "prompts"
    assert taken[0]["method"] == "proapo"
    assert taken[0]["parameters"]["epochs"] == 5
    assert taken[0]["parameters"].keys() == page.view.form.fields.keys()


def test_the_chosen_method_is_found_again(page, window, make_main_window):
    window.close()
    again = make_main_window()
    assert again.current_page().page_id == "methods"
    assert again.page("methods").view.card.id == "proapo"


def test_another_page_can_ask_for_a_method(page, window):
    page.search.setText("greedy")
    window.context.navigate("methods", method="proapo")
    assert page.view.card.id == "proapo"
    assert page.search.text() == ""
    window.context.navigate("methods", method="no such method")
    assert page.view.card.id == "proapo"


def test_a_superseded_method_leads_to_the_one_that_is_better(page, monkeypatch):
    old = replace(Registry().get("greedy_selection"), superseded_by="proapo")
    cards = [old if card.id == old.id else card for card in page.controller._cards]
    monkeypatch.setattr(page.controller, "_cards", cards)
    page.controller.choose("greedy_selection")
    assert page.view.banner.text == "A newer method does the same better."
    page.view.banner.findChild(QPushButton).click()
    assert page.view.card.id == "proapo"


def test_a_damaged_card_is_told_instead_of_the_methods(window, monkeypatch):
    def broken(_self: Registry, _family: str = "") -> list:
        raise CardError("The key title in foo.toml is missing.")

    monkeypatch.setattr(registry.Registry, "list", broken)
    window.show_page("methods")
    page = window.page("methods")
    assert page.stack.currentWidget() is page.empty
    shown = [label.text() for label in page.empty.findChildren(QLabel)]
    assert shown == ["The methods cannot be read", "The key title in foo.toml is missing."]


def test_a_theme_of_other_colours_repaints_the_page(page, window, theme):
    before = page.grab().toImage()
    theme.choose("dark")
    assert page.grab().toImage() != before
