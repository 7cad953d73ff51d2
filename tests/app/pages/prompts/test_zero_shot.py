"""Zero-shot tests as a user meets them: typing, testing, looking behind the figures."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest
from animals_making import AIR, CLASSES, LAND, SEA
from prompts_driving import previewed, whole_test
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit
from study_making import make_corpus
from window_driving import wait_idle

from embedding_lab.prompts.experiments import confusion_of
from embedding_lab.workspace.corpus import Document

if TYPE_CHECKING:
    from pathlib import Path


# Live


def test_figures_follow_what_is_typed(page, qtbot):
    assert page.bench.figures.text().startswith("Accuracy 0.800 [0.584, 0.919]")
    assert page.bench.remark.text() == (
        "Left out: 1 row of other labels (under ground); 1 row without a label."
    )
    result = previewed(page, qtbot, "{}\nsomething else of {}")
    assert len(result["templates"]) == 2
    assert page.bench.templates.table.records.rowCount() == 2


def test_a_class_is_scored_while_its_words_are_typed_and_as_before_when_left(page, qtbot):
    table = page.bench.editors.classes
    table.edit(table.rows.index(0, 1))
    (editor,) = table.viewport().findChildren(QLineEdit)
    with qtbot.waitSignal(page.zero_shot.previewed):
        editor.selectAll()
        qtbot.keyClicks(editor, "mole")
    qtbot.waitUntil(lambda: page.zero_shot.outcome.result["classes"][0]["name"] == "mole")
    assert table.rows.rows[0][1] == "whale"
    with qtbot.waitSignal(page.zero_shot.previewed):
        qtbot.keyClick(editor, Qt.Key.Key_Escape)
    assert page.zero_shot.outcome.result["classes"][0]["name"] == "whale"


def test_edits_of_classes_are_undone_and_done_again(page, window):
    rows = page.bench.editors.classes.rows
    rows.setData(rows.index(3, 0), "under ground")
    assert rows.rows[3] == ("under ground", "", "")
    page.bench.editors.classes.selectRow(0)
    page.bench.editors.classes._remove()
    assert [row[0] for row in rows.rows] == ["land", "air", "under ground"]
    window.context.actions["edit.undo"].run()
    window.context.actions["edit.undo"].run()
    assert list(rows.rows) == CLASSES
    window.context.actions["edit.redo"].run()
    assert len(rows.rows) == 4


def test_rows_of_a_spreadsheet_are_pasted(page):
    QGuiApplication.clipboard().setText("under ground\tmole\n\nspace\tstar\tA far light.\n")
    page.bench.editors.classes._paste()
    assert page.bench.editors.classes.rows.rows[3:] == (
        ("under ground", "mole", ""),
        ("space", "star", "A far light."),
    )
    assert page.zero_shot.text.classes[4].descriptions == ("A far light.",)


def test_what_is_wrong_is_said_under_the_field_as_it_is_typed(page):
    editors = page.bench.editors
    editors.templates.setPlainText("no place for it\n{}")
    assert "has no {}" in editors._template_field.error
    assert not page.acts.test_button.isEnabled()
    editors.classes.rows.show_rows([("sea", "whale", "")])
    assert editors._class_field.error.startswith("There must be at least two classes")
    editors.classes.rows.show_rows([("sea", "whale", ""), ("sea", "fish", "")])
    assert "Two classes have the label sea." in editors._class_field.error
    editors.templates.clear()
    assert editors._template_field.error.startswith("There is no template.")


def test_classes_that_no_row_has_are_told_in_words(page, qtbot):
    with qtbot.waitSignal(page.zero_shot.preview_failed):
        page.bench.editors.classes.rows.show_rows([("a", "", ""), ("b", "", "")])
    assert "has the label of a class" in page.bench.remark.text()
    with qtbot.waitSignal(page.zero_shot.failed, timeout=20_000):
        page.acts.test_button.click()
    assert "has the label of a class" in page.error.text
    qtbot.waitUntil(page.acts.test_button.isEnabled)


# Where classes and templates come from


def test_bundled_lists_are_taken_from_the_menus(page, qtbot):
    menus = {
        action.text(): action
        for menu in (page.bench.editors.class_menu, page.bench.editors.template_menu)
        for action in menu.menu().actions()
    }
    menus["Plain (1)"].trigger()
    assert page.bench.editors.templates.toPlainText() == "{}"
    menus["Sample digits, in plain words"].trigger()
    assert len(page.zero_shot.text.classes) == 10
    menus["The labels of the corpus"].trigger()
    assert len(page.zero_shot.text.classes) == 4


def test_dropped_lists_are_told_apart_and_wrong_ones_explained(page, window, tmp_path: Path):
    templates, classes, broken = (tmp_path / name for name in ("t.txt", "c.tsv", "b.json"))
    templates.write_text("a {}\nan odd {}\n")
    classes.write_text(
        "label\tname\tdescription\nsea\tfish\tIt swims.\nsea\t\tIt is wet.\nair\tbird\t\n"
    )
    broken.write_text("{")
    assert page.take_drop([templates])
    assert page.zero_shot.text.templates == ("a {}", "an odd {}")
    assert page.take_drop([classes])
    assert page.zero_shot.text.classes[0].descriptions == ("It swims.", "It is wet.")
    empty = tmp_path / "empty.txt"
    empty.write_text("")
    assert page.take_drop([empty])
    assert "is empty" in window.context.notices.history[-1].text
    assert page.take_drop([broken])
    assert "is no JSON" in window.context.notices.history[-1].text
    assert not page.take_drop([tmp_path])
    assert not page.take_drop([templates, classes])


def test_files_are_chosen_from_the_menus(page, asker, tmp_path: Path):
    path = tmp_path / "classes.txt"
    path.write_text("sea\twhale\nair\teagle\n")
    asker.answers["Classes from a file"] = [path]
    next(
        action
        for action in page.bench.editors.class_menu.menu().actions()
        if action.text() == "A file…"
    ).trigger()
    assert [item.name for item in page.zero_shot.text.classes] == ["whale", "eagle"]


# The journey


def test_a_test_fills_every_part_and_a_cell_selects_the_rows_behind_it(page, window, qtbot):
    result = whole_test(page, qtbot)
    assert result["accuracy"] == pytest.approx(0.8)
    bench = page.bench
    assert (bench.part, bench.chip.text()) == ("overview", "Tested")
    assert "macro F1" in bench.figures.text()
    assert bench.overview.modes.records.rowCount() == 3
    assert bench.classes.table.records.rowCount() == 3
    assert bench.confidence.table.records.rowCount() == 4
    assert len(bench.confidence.curves.curves) == 4
    bench.show_part("confusion")
    bench.confusion.matrix.choose(SEA, LAND)
    wait_idle(window.context.runner, qtbot)
    items = bench.confusion.items
    assert items.heading.text() == "2 rows of sea, taken for land. They are selected now."
    assert window.context.selection.rows == (16, 19)
    assert [record["text"] for record in items.model.records] == ["lion", "lion"]
    items.table.selectRow(1)
    assert page._row_inspector.heading.text() == "Row 19 of animals"
    window.context.actions["edit.undo"].run()
    assert window.context.selection.rows == (16, 19)
    bench.confusion.matrix.choose(AIR, SEA)
    assert items.model.rowCount() == 0
    assert items.heading.text().startswith("0 rows of air")


def test_rows_examples_and_pool_are_chosen_told_and_copied(page, window, qtbot):
    make_corpus(window.context.workspace, "pool", [Document(id="1", text="lion")])
    window.context.announce("corpora")
    advanced, fields = page.bench.editors.advanced, page.bench.editors.advanced.form.fields
    advanced.filter.setText("lable")
    assert advanced._filter_field.error
    assert not page.acts.test_button.isEnabled()
    advanced.top_k.setText("two")
    assert advanced._top_k_field.error.startswith("Whole numbers")
    advanced.top_k.setText("1 2")
    with qtbot.waitSignal(page.zero_shot.previewed):
        advanced.filter.setText('label != "air"')
    assert advanced.told.text() == "Judged: all 15 labelled rows."
    with qtbot.waitSignal(page.zero_shot.previewed):
        fields["rows"].input.setText("12")
        fields["examples_of_each_class"].input.setText("2")
        fields["seed"].input.setText("4")
        advanced.prompt.setText("-")
    assert advanced.told.text().startswith(
        "Judged: 8 of 15 labelled rows. Held out: 4 examples, at most 2 of each class."
    )
    assert advanced.told.text().endswith("Without an example: air.")
    with qtbot.waitSignal(page.zero_shot.preview_failed):
        advanced.pool.setCurrentIndex(advanced.pool.findData("pool"))
    assert page.acts.test_button.text() == "Test the chosen rows"
    assert page.bench.editors.fold._button.text() == "▸ Advanced (7 chosen)"
    page.acts.copy_as._copy_command()
    words = shlex.split(QGuiApplication.clipboard().text().splitlines()[-1])
    assert words[-15:] == [
        "--filter", 'label != "air"', "--sample", "12", "--prompt", "", "--pool", "pool",
        "--top-k", "1", "2", "--shots", "2", "--seed", "4",
    ]  # fmt: skip
    result = whole_test(page, qtbot)
    assert (result["n"], result["pool"]["corpus"]) == (8, "pool")
    assert page.bench.overview.modes.records.rowCount() == 5
    assert "4 examples held out." in page.bench.overview.examples_note.text()
    view = page.bench.confusion
    view.mode.setCurrentIndex(view.mode.findData("mixed"))
    right = {item["mode"]: item["accuracy"] for item in result["modes"]}
    counts = confusion_of(page.zero_shot.outcome.items, 3, "mixed")
    assert counts.trace() / 8 == right["mixed"]
    view.matrix.choose(SEA, SEA)
    assert len(window.context.selection.rows) == counts[SEA, SEA]


def test_an_edit_after_a_test_tells_the_difference(page, qtbot):
    whole_test(page, qtbot)
    with qtbot.waitSignal(page.zero_shot.previewed):
        page.bench.editors.classes.rows.change([CLASSES[0], CLASSES[1], ("air", "mole")], "")
    assert page.bench.chip.text() == "Live"
    assert "since the last test" in page.bench.figures.text()
    with qtbot.waitSignal(page.zero_shot.previewed):
        page.bench.editors.advanced.form.fields["rows"].input.setText("9")
    assert "since the last test" not in page.bench.figures.text()
    assert page.acts.save_button.isEnabled()


def test_a_better_set_of_templates_is_looked_for_and_taken(page, qtbot):
    previewed(page, qtbot, "nothing about {}\n{}")
    page.bench.editors.searches.setChecked(True)
    result = whole_test(page, qtbot)
    view = page.bench.templates
    assert not view.search_card.isHidden()
    assert view.found_templates.text().splitlines() == result["search"]["chosen"]
    view.use_button.click()
    assert page.bench.editors.templates.toPlainText().splitlines() == result["search"]["chosen"]
    assert page.bench.part == "prompts"
