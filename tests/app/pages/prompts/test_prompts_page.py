"""The Prompts page as a user meets it: typing, testing, looking behind the figures, comparing."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from animals_making import AIR, CLASSES, LAND, SEA
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QPushButton, QTabBar, QToolButton, QWidget
from study_making import make_corpus
from window_driving import wait_idle

from embedding_lab.errors import LabError
from embedding_lab.workspace.corpus import Document

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from embedding_lab_app.pages.prompts.page import PromptsPage


def click(place: QWidget) -> None:
    """Press the first button that is shown there."""
    next(button for button in place.findChildren(QPushButton) if button.isVisible()).click()


def whole_test(page: PromptsPage, qtbot: QtBot) -> dict:
    with qtbot.waitSignal(page.zero_shot.tested, timeout=20_000):
        page.test_button.click()
    wait_idle(page.context.runner, qtbot)
    return page.zero_shot.outcome.result


def save(page: PromptsPage, qtbot: QtBot, asker, name: str) -> None:
    asker.answers["Save the test"] = name
    with qtbot.waitSignal(page.zero_shot.tested, timeout=20_000):
        page.save_button.click()
    wait_idle(page.context.runner, qtbot)


def previewed(page: PromptsPage, qtbot: QtBot, templates: str) -> dict:
    with qtbot.waitSignal(page.zero_shot.previewed):
        page.bench.editors.show_templates(templates)
    wait_idle(page.context.runner, qtbot)
    return page.zero_shot.outcome.result


# Empty states


def test_without_a_corpus_a_sample_that_works_offline_is_offered(window, qtbot):
    window.show_page("prompts")
    page = window.page("prompts")
    assert page.stack.currentWidget() is page.empty
    assert not page.test_button.isEnabled()
    click(page.empty)
    assert window.current_page().page_id == "corpora"
    qtbot.waitUntil(window.page("corpora").preview.primary.button.isEnabled, timeout=20_000)


def test_a_corpus_without_labels_says_what_is_missing(window):
    documents = [Document(id="a", text="whale"), Document(id="b", text="lion")]
    make_corpus(window.context.workspace, "plain", documents)
    window.show_page("prompts")
    page = window.page("prompts")
    assert page.stack.currentWidget() is page.empty
    page.segments.choose("instructions")
    assert page.stack.currentWidget() is page.empty
    page.segments.choose("saved")
    assert page.stack.currentWidget() is page.experiments_view
    assert page.experiments_view.hint.text().startswith("Nothing is saved yet.")


def test_the_labels_are_the_classes_until_others_are_typed(unembedded):
    assert [row[0] for row in unembedded.bench.editors.classes.rows.rows] == [
        "air", "land", "sea", "under ground",
    ]  # fmt: skip
    assert unembedded.banner.text == "animals is not embedded with starter yet."


def test_a_corpus_without_vectors_is_embedded_from_here_and_previews_begin(unembedded, qtbot):
    with qtbot.waitSignal(unembedded.zero_shot.previewed, timeout=20_000):
        click(unembedded.banner)
    assert unembedded.banner.text == ""
    assert unembedded.bench.chip.text() == "Live"


def test_a_test_embeds_the_corpus_itself(unembedded, qtbot):
    assert whole_test(unembedded, qtbot)["n"] == 21
    assert unembedded.banner.text == ""


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
    assert not page.test_button.isEnabled()
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
        page.test_button.click()
    assert "has the label of a class" in page.error.text
    qtbot.waitUntil(page.test_button.isEnabled)


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


def test_a_cell_without_a_row_shows_none(page, qtbot):
    page.bench.confusion.matrix.choose(AIR, SEA)
    assert page.bench.confusion.items.model.rowCount() == 0
    assert page.bench.confusion.items.heading.text().startswith("0 rows of air")


def test_an_edit_after_a_test_tells_the_difference(page, qtbot):
    whole_test(page, qtbot)
    with qtbot.waitSignal(page.zero_shot.previewed):
        page.bench.editors.classes.rows.change([CLASSES[0], CLASSES[1], ("air", "mole")], "")
    assert page.bench.chip.text() == "Live"
    assert "since the last test" in page.bench.figures.text()


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


# Saved tests


def test_two_saved_tests_are_compared_item_by_item(page, window, qtbot, asker):
    save(page, qtbot, asker, "good")
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
    assert "Accuracy 0.800 →" in view.sentence.text()
    assert view.items.model.rowCount() == len(window.context.selection.rows) > 0
    page.copy_as._copy_command()
    assert QGuiApplication.clipboard().text().endswith("prompts compare good bad")
    view.latex_button.click()
    assert QGuiApplication.clipboard().text().count("accuracy 0.") == 2
    view.table.selectRow(1)
    view.open_button.click()
    assert page.segments.current == "zero-shot"
    assert list(page.bench.editors.classes.rows.rows) == CLASSES


def test_saved_tests_go_to_the_trash_and_names_are_taken_once(page, window, qtbot, asker):
    save(page, qtbot, asker, "good")
    with qtbot.waitSignal(page.zero_shot.failed, timeout=20_000):
        page.save_button.click()
    assert "There is an experiment named good already." in page.error.text
    page.segments.choose("saved")
    page.experiments_view.table.selectAll()
    page.experiments_view.delete_button.click()
    assert page.experiments.manifests == []
    assert [item.kind for item in window.context.workspace.trash.items()] == ["experiment"]


# Instructions


def test_instructions_are_compared_on_the_judged_queries(page, window, qtbot, asker):
    page.segments.choose("instructions")
    assert page.test_button.text() == "Test 3 queries"
    with qtbot.waitSignal(page.instructions.compared, timeout=20_000):
        page.test_button.click()
    view = page.instructions_view
    first, second = view.table.records.records
    assert (first["query"], first["verdict"]) == ("none", "")
    assert second["query"] == "query:"
    assert second["score"] < first["score"]
    wait_idle(window.context.runner, qtbot)
    asker.answers["Save the test"] = "instructed"
    with qtbot.waitSignal(page.instructions.compared, timeout=20_000):
        page.save_button.click()
    assert [item.kind for item in page.experiments.manifests] == ["instructions"]


def test_instructions_that_are_the_same_are_refused_and_spaces_count(page):
    page.segments.choose("instructions")
    rows = page.instructions_view.editor.rows
    rows.change([("query: ", ""), ("query: ", "")], "")
    assert page.instructions_view._field.error == "Two instructions are the same."
    assert not page.test_button.isEnabled()
    rows.change([("query: ", ""), ("query:", "")], "")
    assert page.instructions_view._field.error == ""
    assert page.instructions.queries == ("query: ", "query:")


def test_a_file_of_instructions_is_dropped(page, tmp_path: Path):
    page.segments.choose("instructions")
    path = tmp_path / "instructions.txt"
    path.write_text("-\t-\nquery: \tpassage: \n")
    assert page.take_drop([path])
    assert page.instructions.queries == ("", "query: ")
    assert page.instructions.documents == ("", "passage: ")


# The search for better prompts


def test_better_prompts_are_searched_with_a_live_curve_and_taken(page, window, qtbot):
    previewed(page, qtbot, "nothing about {}\n{}")
    window.context.navigate("prompts", method="greedy_selection", parameters={"max_templates": 1})
    view = page.bench.optimizer
    assert page.bench.prompts.currentWidget() is view
    assert view.form.chosen() == {"max_templates": 1}
    with qtbot.waitSignal(page.optimizer.found, timeout=20_000):
        view.search_button.click()
    wait_idle(window.context.runner, qtbot)
    assert "rows that the search has not seen" in view.sentence.text()
    assert view.table.records.rowCount() >= 2
    assert [curve.name for curve in view.curve.curves] == ["Accuracy", "Score"]
    view.use_button.click()
    assert page.bench.prompts.currentWidget() is page.bench.editors
    assert page.zero_shot.text.templates == ("{}",)


def test_a_search_that_cannot_be_made_says_why(page, qtbot):
    page.bench.editors.optimize_button.click()
    view = page.bench.optimizer
    view.form.fields[next(iter(view.form.fields))].input.setText("no number")
    assert not view.search_button.isEnabled()
    view.form.restore_defaults()
    page.bench.editors.classes.rows.show_rows([("a", "", ""), ("b", "", "")])
    with qtbot.waitSignal(page.optimizer.failed, timeout=20_000):
        view.search_button.click()
    assert "has the label of a class" in view.error.text
    assert view.search_button.isEnabled()
    view.back_button.click()
    assert page.bench.prompts.currentWidget() is page.bench.editors


# Taking it away


def test_what_is_copied_as_python_and_as_a_command_does_the_same(page, window, qtbot, tmp_path):
    previewed(page, qtbot, "{}\nsay 'it': {}")
    result = whole_test(page, qtbot)
    page.copy_as._copy_python()
    python = QGuiApplication.clipboard().text()
    page.copy_as._copy_command()
    command = QGuiApplication.clipboard().text()
    first, second, last = command.splitlines()
    for line in (first, second):
        subprocess.run(["/bin/sh", "-c", line], cwd=tmp_path, check=True)
    assert (tmp_path / "templates.txt").read_text() == "{}\nsay 'it': {}\n"
    assert (tmp_path / "classes.txt").read_text() == "sea\twhale\nland\tlion\nair\teagle\n"
    words = shlex.split(last)
    assert words[:2] == ["embedding-lab", "--workspace"]
    folder = window.context.workspace.folder
    window.close()
    namespace: dict = {}
    exec(python, namespace)
    assert namespace["result"]["confusion"] == result["confusion"]
    assert str(folder) in words


def test_descriptions_are_copied_whole(page):
    page.bench.editors.classes.rows.change([("sea", "whale", "It's wet"), CLASSES[1]], "")
    page.copy_as._copy_command()
    line = QGuiApplication.clipboard().text().splitlines()[0]
    words = shlex.split(line)
    assert words[-1] == "classes.json"
    assert json.loads(words[2])[0]["descriptions"] == ["It's wet"]


# Session, other pages, looks


def test_what_was_typed_is_found_again(page, window, make_main_window):
    page.segments.choose("instructions")
    page.bench.editors.show_templates("kept {}")
    window.close()
    again = make_main_window().page("prompts")
    assert again.bench.editors.templates.toPlainText() == "kept {}"
    assert list(again.bench.editors.classes.rows.rows) == CLASSES
    assert again.segments.current == "instructions"
    assert again.zero_shot.outcome is None


def test_a_damaged_session_is_left_alone(page):
    corpus = page.choices.corpus.id
    page.restore_state({"corpus": corpus, "classes": "no list", "instructions": [3]})
    page.restore_state({"corpus": "gone"})
    assert page.bench.editors.classes.rows.rows == ()


def test_other_pages_ask_for_a_corpus(page, window):
    documents = [Document(id="a", text="lion", label="x"), Document(id="b", text="owl", label="y")]
    other = make_corpus(window.context.workspace, "other", documents)
    window.context.announce("corpora")
    window.context.navigate("prompts", corpus=other.id, segment="zero-shot")
    assert page.choices.corpus.name == "other"
    assert [row[0] for row in page.bench.editors.classes.rows.rows] == ["x", "y"]
    assert page.bench.chip.isHidden()


def test_a_read_only_workspace_tests_but_does_not_save(page, make_main_window, qtbot):
    second = make_main_window().page("prompts")
    assert second.context.workspace.why_read_only
    second.bench.editors.classes.rows.show_rows(CLASSES)
    assert second.test_button.isEnabled()
    assert not second.save_button.isEnabled()
    assert whole_test(second, qtbot)["n"] == 20


@pytest.mark.parametrize("size", [(1024, 640), (1280, 800)])
def test_nothing_is_cut_off_with_every_part_full(page, window, qtbot, asker, size):
    save(page, qtbot, asker, "good")
    window.resize(*size)
    for segment in ("zero-shot", "instructions", "saved"):
        page.segments.choose(segment)
        for part in ("prompts", "overview", "confusion", "templates", "classes", "confidence"):
            page.bench.show_part(part)
            qtbot.wait(10)
            cut = [
                button.text()
                for button in page.findChildren(QAbstractButton)
                if button.isVisible() and button.width() < button.minimumSizeHint().width()
            ]
            cut += [
                button.text()
                for button in page.segments.findChildren(QToolButton)
                if button.width() < button.sizeHint().width()
            ]
            assert cut == []
    bar = page.bench.tabs.findChild(QTabBar)
    assert sum(bar.tabRect(i).width() for i in range(bar.count())) <= page.bench.width()


def test_a_wrong_file_is_told_by_the_core_in_words(page, tmp_path):
    path = tmp_path / "empty.txt"
    path.write_text("")
    with pytest.raises(LabError, match="is empty"):
        page.zero_shot.read_file(path)


def test_the_window_does_not_import_the_plotting_library_before_a_figure_is_drawn(tmp_path):
    script = (
        "import sys\n"
        "from embedding_lab_app.application import *\n"
        "app, theme = make_application('light')\n"
        "window = make_window(theme)\n"
        "open_first_workspace(window.context, None, with_sample=False)\n"
        "window.show(); window.show_page('prompts'); app.processEvents()\n"
        "print('pyqtgraph' in sys.modules)\n"
        "window.close()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=55, check=True
    )
    assert done.stdout.strip() == "False"
