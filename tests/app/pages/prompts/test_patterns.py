"""The library of prompt patterns in the window."""

from __future__ import annotations

from prompts_driving import previewed
from PySide6.QtGui import QGuiApplication

N_BUNDLED = 29


def test_patterns_are_looked_up_used_kept_exported_and_imported(
    page, window, qtbot, asker, tmp_path
):
    page.segments.choose("patterns")
    view, card = page.patterns_view, page.patterns_view.card
    assert view.list.lines.rowCount() == N_BUNDLED
    view.search.setText("graph thoughts")
    assert page.patterns.chosen.id == "graph-of-thoughts"
    assert card.use_button.isHidden()
    assert "for a language model" in card.use.text()
    card._slots["problem"].setText("Two and two?")
    card.copy_button.click()
    assert "Two and two?" in QGuiApplication.clipboard().text()
    view.search.setText("no such thing")
    assert view.stack.currentWidget() is view.empty
    view.search.setText("2019")
    assert card.prompt.text() == "A text about {}."
    card._slots["kind"].setText("An animal")
    card.use_button.click()
    assert page.segments.current == "zero-shot"
    assert page.zero_shot.text.templates == ("An animal about {}.",)

    previewed(page, qtbot, "a {curly} {}\n{}")
    asker.answers["Keep the templates"] = "My two"
    view.keep_button.click()
    assert (page.patterns.chosen.title, view.search.text()) == ("My two", "")
    assert card.prompt.text() == "a {curly} {}\n{}"
    asker.answers["Export the pattern"] = tmp_path / "mine.json"
    view.export_button.click()
    asker.answers["Import patterns"] = [tmp_path / "mine.json"]
    view.import_button.click()
    assert "cannot be named my-two" in window.context.notices.history[-1].text
    card.delete_button.click()
    assert view.list.lines.rowCount() == N_BUNDLED
    assert card.delete_button.isHidden()
    view.import_button.click()
    assert page.patterns.chosen.id == "my-two"

    for name, shown in (
        ("few-shot", "prompts"),
        ("active-prompt", "confusion"),
        ("ape", "prompts"),
    ):
        page.segments.choose("patterns")
        page.patterns.choose(name)
        card.use_button.click()
        assert page.bench.part == shown
    assert page.zero_shot.options == {"shots": 4}
    assert page.bench.confusion.mode.chosen == "vote"
    assert page.bench.prompts.currentWidget() is page.bench.optimizer
