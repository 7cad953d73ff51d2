"""The manual's window: reading, searching, finding, going back, in the colours of the theme."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QColor, QImage, QShortcut, QTextDocument
from PySide6.QtWidgets import QApplication, QDialog, QTreeWidgetItemIterator

from embedding_lab import resources
from embedding_lab.manual.page import ManualPage, place
from embedding_lab.manual.pages import manual_pages
from embedding_lab.registry.registry import Registry, family_title
from embedding_lab_app.pages.registry import PAGES
from embedding_lab_app.shell.manual_browser import ManualBrowser
from embedding_lab_app.shell.manual_viewer import ManualWindow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from embedding_lab_app.main_window import MainWindow
    from embedding_lab_app.theme import Theme

IMAGE = QTextDocument.ResourceType.ImageResource.value


@pytest.fixture
def manual(qtbot: QtBot, theme: Theme) -> Iterator[ManualWindow]:
    made = ManualWindow(theme, manual_pages({"shortcuts": ""}))
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    made.show_place("getting-started")
    return made


def marked(browser: ManualBrowser) -> list[str]:
    return [item.cursor.selectedText() for item in browser.extraSelections()]


def top_block(browser: ManualBrowser) -> str:
    point = browser.viewport().rect().topLeft()
    point.setY(point.y() + 14)
    point.setX(point.x() + 40)
    return browser.cursorForPosition(point).block().text()


def test_the_contents_hold_every_page_and_every_method_below_its_family(manual):
    found, at = {}, QTreeWidgetItemIterator(manual.contents.tree)
    while at.value() is not None:
        item = at.value()
        name = item.data(0, Qt.ItemDataRole.UserRole)
        if name:
            found[name] = (item.text(0), item.parent().text(0) if item.parent() else "")
        at += 1
    for card in Registry().list():
        assert found[f"method/{card.id}"] == (card.title, family_title(card.family))
    files = {path.stem for path in resources.path("manual").glob("*.md")}
    assert {name for name in found if "/" not in name} == files


def test_a_place_is_opened_at_its_section_and_marked_in_the_contents(manual):
    manual.show_place("encoders#from-a-hub")
    assert top_block(manual.browser) == "From a hub"
    assert manual.contents.tree.currentItem().text(0) == "Encoders"
    assert manual.place == "encoders#from-a-hub"


def test_a_search_leads_to_the_place_and_marks_the_words(manual, qtbot):
    field = manual.contents.search
    field.setFocus()
    qtbot.keyClicks(field, "checksum hub")
    assert manual.contents.found
    qtbot.keyClick(field, Qt.Key.Key_Return)
    best = manual.contents.found[0]
    assert manual.place == f"{best.page}#{best.slug}"
    words = {word.casefold() for word in marked(manual.browser)}
    assert words == {"checksum", "hub"}
    view = manual.browser.viewport().rect()
    seen = [
        item.cursor.selectedText()
        for item in manual.browser.extraSelections()
        if view.contains(manual.browser.cursorRect(item.cursor).center())
    ]
    assert seen, "no marked word is in view"
    # The arrow keys go on through the results.
    qtbot.keyClick(manual.contents.results, Qt.Key.Key_Down)
    assert manual.place == f"{manual.contents.found[1].page}#{manual.contents.found[1].slug}"


def test_nothing_found_says_so_and_what_may_be_meant_is_searched_with_a_click(manual):
    contents = manual.contents
    contents.search.setText("qqzzx")
    assert contents.told.text() == ("Nothing in the manual fits “qqzzx”. Try fewer or other words.")
    assert not contents.meant.isVisible()
    assert not contents.results.isVisible()
    contents.search.setText("quantizd")
    assert contents.meant.text() == "Search for “quantized”"
    contents.meant.click()
    assert contents.search.text() == "quantized"
    assert contents.found
    contents.search.clear()
    assert contents.tree.isVisible()


def test_words_are_found_within_the_page_one_after_the_other(manual, qtbot):
    manual.show_place("embedding")
    qtbot.keyClick(manual, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    bar = manual.find_bar
    assert bar.field.hasFocus()
    qtbot.keyClicks(bar.field, "rows")
    n = len(marked(manual.browser))
    assert n > 3
    assert bar.told.text() == f"1 of {n}"
    qtbot.keyClick(bar.field, Qt.Key.Key_Return)
    assert bar.told.text() == f"2 of {n}"
    assert manual.browser.textCursor().selectedText().casefold() == "rows"
    qtbot.keyClick(bar.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert bar.told.text() == f"1 of {n}"
    bar.field.setText("qqzzx")
    assert bar.told.text() == "Not on this page"
    qtbot.keyClick(bar.field, Qt.Key.Key_Escape)
    assert not bar.isVisible()
    assert manual.browser.hasFocus()
    assert marked(manual.browser) == []


def test_links_are_followed_and_back_returns_to_where_one_was(manual, qtbot):
    manual.show_place("training#hard-negatives")
    bar = manual.browser.verticalScrollBar()
    before = bar.value()
    assert before > 0
    manual.browser.anchorClicked.emit(QUrl("prompts.md#searching-prompts"))
    assert top_block(manual.browser) == "Searching prompts"
    manual.browser.anchorClicked.emit(QUrl("method/saha"))
    assert manual.browser.toPlainText().startswith("Self-aware hard negatives")
    qtbot.keyClick(manual, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    manual.back_button.click()
    assert manual.place == "training#hard-negatives"
    assert bar.value() == before
    manual.forward_button.click()
    assert manual.place == "prompts#searching-prompts"
    manual.show_place("jobs")
    assert not manual.forward_button.isEnabled()


def test_pictures_follow_the_theme_and_the_width(
    qtbot: QtBot, theme: Theme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variant, colour in (("light", "white"), ("dark", "black")):
        image = QImage(1280, 800, QImage.Format.Format_RGB32)
        image.fill(QColor(colour))
        image.save(str(tmp_path / f"page-{variant}.png"))
    monkeypatch.setattr(resources, "path", lambda _name: tmp_path)
    browser = ManualBrowser(theme)
    qtbot.addWidget(browser)
    browser.resize(600, 400)
    browser.show()
    browser.show_page(ManualPage("page", "# Page\n\n![A page](page-light.png)\n"))
    shown = browser.loadResource(IMAGE, QUrl("page-light.png"))
    assert isinstance(shown, QImage)
    assert 240 <= shown.width() < 600
    assert shown.pixelColor(5, 5) == QColor("white")
    theme.choose("dark")
    dark = browser.loadResource(IMAGE, QUrl("page-light.png"))
    assert isinstance(dark, QImage)
    assert dark.pixelColor(5, 5) == QColor("black")
    assert browser.toPlainText().startswith("Page")
    assert browser.horizontalScrollBar().maximum() == 0


@pytest.mark.parametrize("name", manual_pages())
def test_no_page_is_wider_than_its_window(manual, name, qtbot):
    manual.show_place(name)
    qtbot.wait(5)
    assert manual.browser.horizontalScrollBar().maximum() == 0


def test_f1_leads_from_every_page_and_its_parts_to_what_explains_them(
    window: MainWindow, qtbot: QtBot
) -> None:
    pages = manual_pages()

    def opened() -> str:
        window.context.actions["help.manual"].run()
        manual = window._manual.window
        assert manual is not None
        name, section = place(manual.place)
        assert not section or section in [item.slug for item in pages[name].sections]
        return manual.place

    # What explains Home stands with the rest of the window; a method is explained by its own page.
    others = {"home": "window", "methods": f"method/{Registry().list()[0].id}"}
    for entry in PAGES:
        window.show_page(entry.page_id)
        page = window.page(entry.page_id)
        expected = others.get(entry.page_id, entry.page_id)
        for part in getattr(getattr(page, "segments", None), "buttons", {"": None}):
            if part:
                page.segments.choose(part)
            page.setFocus()
            assert place(opened())[0] == expected


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("edit.settings", "settings"),
        ("workspace.trash", "window#the-trash"),
        ("view.palette", "window#commands"),
    ],
)
def test_f1_is_heard_in_a_dialog_and_leaves_the_manual_usable(
    window: MainWindow, qtbot: QtBot, command: str, shown: str
) -> None:
    window.context.actions[command].run()
    (dialog,) = [item for item in window.findChildren(QDialog) if item.isVisible()]
    qtbot.waitUntil(dialog.isActiveWindow)
    inside = dialog.focusWidget() or dialog
    qtbot.keyClick(inside, Qt.Key.Key_F1)
    manual = window._manual.window
    assert manual is not None
    assert manual.place == shown
    qtbot.keyClicks(manual.contents.search, "crash")
    assert manual.contents.found
    dialog.close()


def test_a_method_leads_to_its_page_from_the_methods_page_and_from_a_form(
    window: MainWindow,
) -> None:
    window.show_page("methods")
    methods = window.page("methods")
    methods.controller.choose("proapo")
    methods.view.manual_link.click()
    manual = window._manual.window
    assert manual is not None
    assert manual.place == "method/proapo"
    window.show_page("training")
    form = window.page("training").form
    form.objective.choose("cosent")
    form.objective.manual_link.click()
    assert manual.place == "method/cosent"
    form.sampler.choose("saha")
    form.sampler.manual_link.click()
    assert manual.place == "method/saha"


def test_the_page_on_keys_names_every_shortcut_there_is(window: MainWindow) -> None:
    for entry in PAGES:
        window.show_page(entry.page_id)
    window.context.actions["help.manual"].run()
    manual = window._manual.window
    assert manual is not None
    manual.show_place("keyboard")
    said = manual.browser.toPlainText()
    for action in window.context.actions:
        if action.shortcut:
            assert action.shortcut in said
            assert action.plain_title.rstrip("…") in said
    inner = {
        shortcut.key().toString()
        for holder in (window, manual)
        for shortcut in holder.findChildren(QShortcut)
    }
    names = {"Ctrl+Enter": "Ctrl+Return", "Esc": "Escape"}
    missing = {key for key in inner if names.get(key, key) not in said}
    assert missing == set()


def test_the_manual_goes_with_the_window(window: MainWindow) -> None:
    window.context.actions["help.changes"].run()
    manual = window._manual.window
    assert manual is not None
    assert manual.isVisible()
    assert window.close()
    assert window._manual.window is None
    assert not [item for item in QApplication.topLevelWidgets() if item.isVisible()]
