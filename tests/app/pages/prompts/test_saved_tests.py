"""Saved tests: compared item by item, and deleted."""

from __future__ import annotations

from animals_making import CLASSES
from prompts_driving import save
from PySide6.QtGui import QGuiApplication
from window_driving import wait_idle

from embedding_lab.jobs.record import list_runs

# Saved tests


def test_two_saved_tests_are_compared_item_by_item(page, window, qtbot, asker):
    assert not page.acts.save_button.isEnabled()
    save(page, qtbot, asker, "good")
    n_runs = len(list_runs(window.context.workspace.runs_folder))
    page.bench.editors.show_templates("nothing about {}")
    asker.answers["Save the test"] = "same"
    page.acts.save_button.click()
    assert page.experiments.result("same") == page.experiments.result("good")
    assert len(list_runs(window.context.workspace.runs_folder)) == n_runs
    page.experiments.delete(["same"])
    markdown, latex = (page.acts.copy_as.menu().actions()[place] for place in (4, 6))
    markdown.trigger()
    assert "| starter on animals | animals | starter | 20 |" in QGuiApplication.clipboard().text()
    latex.trigger()
    assert QGuiApplication.clipboard().text().startswith(r"\begin{tabular}")
    page.bench.editors.show_templates("{}")
    page.bench.editors.classes.rows.change([CLASSES[0], CLASSES[1], ("air", "mole")], "")
    save(page, qtbot, asker, "bad")
    page.segments.choose("saved")
    view = page.experiments_view
    assert [item.name for item in page.experiments.manifests] == ["bad", "good"]
    assert not view.compare_button.isEnabled()
    view.table.selectAll()
    with qtbot.waitSignal(page.experiments.compared):
        view.compare_button.click()
    wait_idle(window.context.runner, qtbot)
    assert view.verdict.text() in {"bad: worse than good", "bad and good: no difference shown"}
    assert "Mean of all: accuracy 0.800 →" in view.sentence.text()
    assert view.items.model.rowCount() == len(window.context.selection.rows) > 0
    page.acts.copy_as._copy_command()
    assert QGuiApplication.clipboard().text().endswith("prompts compare good bad")
    view.table_button.menu().actions()[-1].trigger()
    assert QGuiApplication.clipboard().text().count("accuracy 0.") == 2
    view.mode.setCurrentIndex(view.mode.findData("mixed"))
    with qtbot.waitSignal(page.experiments.failed):
        view.compare_button.click()
    assert "was tested without examples" in view.error.text
    view.table.selectRow(1)
    view.open_button.click()
    assert page.segments.current == "zero-shot"
    assert list(page.bench.editors.classes.rows.rows) == CLASSES


def test_saved_tests_go_to_the_trash_and_names_are_taken_once(page, window, qtbot, asker):
    save(page, qtbot, asker, "good")
    page.acts.save_button.click()
    assert "There is an experiment named good already." in page.error.text
    page.segments.choose("saved")
    page.experiments_view.table.selectAll()
    page.experiments_view.delete_button.click()
    assert page.experiments.manifests == []
    assert [item.kind for item in window.context.workspace.trash.items()] == ["experiment"]
