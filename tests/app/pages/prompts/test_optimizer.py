"""Better prompts are searched for from the page."""

from __future__ import annotations

import shlex

from prompts_driving import previewed
from PySide6.QtGui import QGuiApplication
from window_driving import wait_idle

# The search for better prompts


def test_better_prompts_are_searched_with_a_live_curve_kept_and_taken(page, window, qtbot, asker):
    previewed(page, qtbot, "nothing about {}\n{}")
    window.context.navigate("prompts", method="greedy_selection", parameters={"max_templates": 1})
    view = page.bench.optimizer
    assert page.bench.prompts.currentWidget() is view
    assert view.method.chosen() == {"max_templates": 1}
    with qtbot.waitSignal(page.optimizer.found, timeout=20_000):
        view.search_button.click()
    wait_idle(window.context.runner, qtbot)
    assert "rows that the search has not seen" in view.sentence.text()
    assert view.table.records.rowCount() >= 2
    assert [curve.name for curve in view.curve.curves] == ["Accuracy", "Score"]
    view.copy_as._copy_command()
    words = shlex.split(QGuiApplication.clipboard().text().splitlines()[-1])
    assert words[3:5] == ["prompts", "optimize"]
    assert words[-4:] == ["--method", "greedy_selection", "--set", "max_templates=1"]
    view.copy_as._copy_python()
    assert "'parameters'" not in QGuiApplication.clipboard().text()
    assert "parameters={'max_templates': 1}" in QGuiApplication.clipboard().text()
    asker.answers["Save the prompts"] = "Found"
    view.keep_button.click()
    view.keep_button.click()
    assert "a prompt set named found already" in window.context.notices.history[-1].text
    sets = page.bench.editors.sets_button
    sets.menu().aboutToShow.emit()
    (found,) = (action for action in sets.menu().actions() if action.text() == "found")
    found.trigger()
    assert page.zero_shot.text.templates == ("{}",)
    previewed(page, qtbot, "nothing about {}\n{}")
    view.use_button.click()
    assert page.bench.prompts.currentWidget() is page.bench.editors
    assert page.zero_shot.text.templates == ("{}",)
    sets._delete("found")
    assert window.context.workspace.trash.items()[0].kind == "prompt set"


def test_a_search_that_cannot_be_made_says_why(page, qtbot):
    page.bench.editors.optimize_button.click()
    view = page.bench.optimizer
    view.method.form.fields[next(iter(view.method.form.fields))].input.setText("no number")
    assert not view.search_button.isEnabled()
    view.method.form.restore_defaults()
    page.bench.editors.classes.rows.show_rows([("a", "", ""), ("b", "", "")])
    with qtbot.waitSignal(page.optimizer.failed, timeout=20_000):
        view.search_button.click()
    assert "has the label of a class" in view.error.text
    assert view.search_button.isEnabled()
    view.back_button.click()
    assert page.bench.prompts.currentWidget() is page.bench.editors
