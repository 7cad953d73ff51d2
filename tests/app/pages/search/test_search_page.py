"""The Search page as a user meets it: typing, filtering, rows like a row, taking results away."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import QPushButton, QWidget
from search_driving import ids, search
from window_driving import wait_idle

from embedding_lab.encoders import pool
from embedding_lab.workflows.embed_corpus import EmbedCorpus
from embedding_lab_app.pages.search.results_model import RESULT

if TYPE_CHECKING:
    from pytestqt.modeltest import ModelTester


pytestmark = pytest.mark.usefixtures("no_engine")


def click(place: QWidget) -> None:
    """Press the first button that is shown there."""
    next(button for button in place.findChildren(QPushButton) if button.isVisible()).click()


def test_without_a_corpus_the_way_to_one_is_shown(window, qtbot):
    window.show_page("search")
    page = window.page("search")
    assert page.stack.currentWidget() is page.empty
    click(page.empty)
    assert window.current_page().page_id == "corpora"


def test_a_corpus_without_vectors_is_embedded_from_here(unembedded, qtbot):
    page = unembedded
    page.bar.query.setText("whale")
    assert page.stack.currentWidget() is page.empty
    with qtbot.waitSignal(page.controller.found, timeout=20_000):
        click(page.empty)
    assert ids(page)[:2] == ["w1", "w3"]
    assert page.stack.currentWidget() is page.results


def test_results_come_as_one_types_with_score_and_text(page, qtbot):
    qtbot.keyClicks(page.bar.query, "whale")
    qtbot.waitSignal(page.controller.found).wait()
    assert ids(page)[:2] == ["w1", "w3"]
    hit = page.model.hits[0]
    assert (hit.rank, hit.score) == (1, pytest.approx(1, abs=1e-6))
    assert hit.snippet[hit.marks[0][0] :][: hit.marks[0][1]] == "whale"
    assert page.status.text().startswith("4 of 4 rows · exact · encoding ")
    assert page.model.index(0, RESULT).data(Qt.ItemDataRole.AccessibleTextRole).endswith("whale")


def test_the_models_keep_their_promises(page, qtbot, qtmodeltester: ModelTester):
    search(page, qtbot, "whale")
    qtmodeltester.check(page.model)


def test_enter_searches_at_once_and_the_query_is_offered_again(page, qtbot):
    page.bar.query.setText("lion")
    with qtbot.waitSignal(page.controller.found):
        qtbot.keyClick(page.bar.query, Qt.Key.Key_Return)
    page.bar.remember("lion")
    assert page.bar.query.completer().model().stringList() == ["lion"]


def test_only_the_newest_query_is_shown(page, qtbot):
    for text in ("w", "wh", "wha", "whale"):
        page.bar.query.setText(text)
        page.controller.search_now()
    qtbot.waitUntil(lambda: page.controller.result.get("query") == "whale")
    wait_idle(page.context.runner, qtbot)
    assert page.controller.result["query"] == "whale"


def test_a_filter_narrows_and_a_wrong_one_is_told_as_it_is_typed(page, qtbot):
    search(page, qtbot, "whale")
    with qtbot.waitSignal(page.controller.found):
        page.bar.filter.setText("year > 1900")
    assert set(ids(page)) == {"w2", "w3"}
    page.bar.filter.setText("yaer > 1900")
    assert "yaer" in page.bar._filter_field.error
    assert set(ids(page)) == {"w2", "w3"}  # the last good results stay
    with qtbot.waitSignal(page.controller.found):
        page.bar.filter.setText("year > 5000")
    assert page.stack.currentWidget() is page.empty
    with qtbot.waitSignal(page.controller.found):
        click(page.empty)
    assert page.bar.filter.text() == ""
    assert len(ids(page)) == 4


def test_a_label_is_chosen_from_a_list_whatever_its_letters(page, qtbot):
    search(page, qtbot, "whale")
    with qtbot.waitSignal(page.controller.found):
        page.bar.label.setCurrentText('land "dry"')
        page.bar.label.activated.emit(page.bar.label.currentIndex())
    assert ids(page) == ["l1"]
    with qtbot.waitSignal(page.controller.found):
        page.bar.label.setCurrentIndex(0)
        page.bar.label.activated.emit(0)
    assert len(ids(page)) == 4


def test_the_number_of_results_is_chosen(page, qtbot):
    search(page, qtbot, "whale")
    with qtbot.waitSignal(page.controller.found):
        page.bar.n_results.setValue(2)
    assert ids(page) == ["w1", "w3"]


def test_rows_like_a_row_leave_the_row_out_until_text_counts_again(page, qtbot):
    search(page, qtbot, "lion")
    page.table.selectRow(ids(page).index("l1"))
    with qtbot.waitSignal(page.controller.found):
        page.inspector().like_button.click()
    assert "l1" not in ids(page)
    assert page.bar.like_line.isVisible()
    assert page.bar.like_label.text() == "Like row 2"
    with qtbot.waitSignal(page.controller.found):
        page.bar.query.setText("whale")
    assert not page.bar.like_line.isVisible()
    assert ids(page)[:2] == ["w1", "w3"]


def test_a_selected_result_is_shown_whole_and_shared(page, qtbot):
    search(page, qtbot, "lion")
    page.table.selectRow(ids(page).index("l1"))
    facts = page.inspector().facts.pairs()
    assert facts["title"] == "The king"
    assert page.inspector().text.toPlainText() == "lion"
    assert page.context.selection.rows == (2,)


def test_results_are_copied_and_exported(page, qtbot, asker, tmp_path):
    search(page, qtbot, "whale")
    page.table.select_rows([0, 1])
    page.table.setFocus()
    qtbot.keySequence(page.table, QKeySequence(QKeySequence.StandardKey.Copy))
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].split("\t") == ["#", "Score", "Result", "Label", "Id"]
    assert [line.split("\t")[-1] for line in lines[1:]] == ["w1", "w3"]
    asker.answers["Export results"] = tmp_path / "all.csv"
    page.export_button.click()
    wait_idle(page.context.runner, qtbot)
    with (tmp_path / "all.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows] == ids(page)
    assert float(rows[0]["score"]) == pytest.approx(1, abs=1e-5)
    asker.answers["Export results"] = tmp_path / "some.jsonl"
    page._export_selected()
    wait_idle(page.context.runner, qtbot)
    some = [json.loads(line) for line in (tmp_path / "some.jsonl").read_text().splitlines()]
    assert [row["id"] for row in some] == ["w1", "w3"]


def test_the_search_is_copied_as_python_and_as_a_command(page, qtbot):
    search(page, qtbot, "it's a whale")
    python, command = page.copy_as.menu().actions()
    python.trigger()
    assert "ws.search('animals', \"it's a whale\", encoder='starter', k=10)" in (
        QGuiApplication.clipboard().text()
    )
    command.trigger()
    assert QGuiApplication.clipboard().text().startswith("embedding-lab --workspace ")
    assert "search animals 'it'\"'\"'s a whale' --encoder starter -k 10" in (
        QGuiApplication.clipboard().text()
    )


def test_rows_that_came_later_are_told_and_embedded(page, qtbot, window, tmp_path):
    from embedding_lab.workflows.import_corpus import ImportCorpus

    search(page, qtbot, "whale")
    more = tmp_path / "more.jsonl"
    more.write_text('{"id": "n1", "text": "whale"}\n')
    window.context.runner.submit(ImportCorpus(paths=(str(more),), into="animals"))
    wait_idle(window.context.runner, qtbot)
    qtbot.waitUntil(page.stale_banner.isVisible)
    assert "1 row" in page.stale_banner.text
    click(page.stale_banner)
    wait_idle(window.context.runner, qtbot)
    qtbot.waitUntil(lambda: not page.stale_banner.isVisible())
    with qtbot.waitSignal(page.controller.found):
        page.controller.search_now()
    assert "n1" in ids(page)[:3]


def test_a_search_that_fails_says_so_and_keeps_the_results(page, qtbot, monkeypatch):
    search(page, qtbot, "whale")

    def fail(record: object, log: object = None) -> None:
        raise MemoryError

    monkeypatch.setattr(pool, "load", fail)
    with qtbot.waitSignal(page.controller.failed):
        page.bar.query.setText("shark")
    assert page.error.isVisible()
    assert "Traceback" not in page.error.text
    assert ids(page)[:2] == ["w1", "w3"]


def test_the_session_finds_the_search_again(page, qtbot, make_main_window):
    search(page, qtbot, "whale")
    with qtbot.waitSignal(page.controller.found):
        page.bar.filter.setText("year > 1900")
    folder = page.context.workspace.folder
    page.window().close()
    again = make_main_window(folder)
    shown = again.page("search")
    assert again.current_page() is shown
    qtbot.waitUntil(lambda: bool(shown.model.hits))
    assert shown.bar.query.text() == "whale"
    assert set(ids(shown)) == {"w2", "w3"}


def test_vectors_of_an_embedding_prompt_are_chosen_and_gone_on_with(page, qtbot):
    context, controller = page.context, page.controller
    context.runner.submit(EmbedCorpus("animals", embedding_prompt="hierarchical", limit=2))
    wait_idle(context.runner, qtbot)
    qtbot.waitUntil(lambda: len(controller.encoders) == 2)
    titles = [choice.title for choice in controller.encoders]
    assert sorted(titles) == ["starter", "starter · hierarchical"]
    assert controller.choice.meta.embedding_prompt == ""
    page.bar.encoder.choose(controller.encoders[titles.index("starter · hierarchical")].key)
    page.bar.encoder.activated.emit(0)
    search(page, qtbot, "whale")
    assert page.controller.result["embedding_prompt"] == "hierarchical"
    assert controller.job().embedding_prompt == "hierarchical"
    controller.embed()
    wait_idle(context.runner, qtbot)
    (vector_set,) = [item for item in context.workspace.vector_sets() if item.meta.embedding_prompt]
    assert vector_set.n_rows == 4
