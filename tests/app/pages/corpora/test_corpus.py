"""A corpus on the page: looking at rows, renaming, deleting, embedding."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from window_driving import wait_idle

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab_app.pages.corpora.page import CorporaPage


def shown_ids(page: CorporaPage) -> list[str]:
    model = page.corpus_view.rows.model
    return [model.index(row, 1).data() for row in range(model.rowCount())]


def test_rows_are_filtered_sorted_and_shown_whole(imported, qtbot):
    view = imported.corpus_view
    view.show_segment("rows")
    view.rows.filter.setText("year > 1980")
    qtbot.waitUntil(lambda: shown_ids(imported) == ["a3", "a4"])
    assert view.rows.note.text() == "2 of 4 rows"
    view.rows.filter.setText("yaer > 1980")
    assert "yaer" in view.rows.filter_field.error
    view.rows.filter.clear()
    qtbot.waitUntil(lambda: len(shown_ids(imported)) == 4)
    place = list(view.rows.model.headers).index("year")
    view.rows.table.sortByColumn(place, Qt.SortOrder.DescendingOrder)
    qtbot.waitUntil(lambda: shown_ids(imported) == ["a4", "a3", "a2", "a1"])
    view.rows.table.selectRow(shown_ids(imported).index("a1"))
    inspector = imported.inspector()
    assert inspector.text.toPlainText() == "A whale sings\nunder water."
    assert inspector.facts.pairs()["title"] == "Whales sing"


def test_selected_rows_are_exported(imported, qtbot, asker, tmp_path: Path):
    view = imported.corpus_view
    view.show_segment("rows")
    view.rows.table.select_rows([1, 3])
    asker.answers["Export rows"] = tmp_path / "some.csv"
    view.rows.export_button.click()
    wait_idle(imported.context.runner, qtbot)
    with (tmp_path / "some.csv").open(newline="", encoding="utf-8") as file:
        assert [row["id"] for row in csv.DictReader(file)] == ["a2", "a4"]


def test_a_corpus_is_renamed_deleted_and_put_back(imported, qtbot, asker):
    view = imported.corpus_view
    asker.answers["Rename the corpus"] = "beasts"
    view.rename_action.trigger()
    assert view.title.text() == "beasts"
    asker.answers["Delete the corpus"] = False
    view.delete_action.trigger()
    assert len(imported.context.workspace.corpora()) == 1
    asker.answers["Delete the corpus"] = True
    with qtbot.waitSignal(imported.context.notices.added) as told:
        view.delete_action.trigger()
    assert imported.stack.currentWidget() is imported.empty
    told.args[0].action()
    assert view.title.text() == "beasts"
    assert imported.stack.currentWidget() is view


def embed(page: CorporaPage, qtbot) -> None:
    view = page.corpus_view
    view.show_embed()
    qtbot.waitUntil(view.embeddings.primary.button.isEnabled)
    view.embeddings.primary.button.click()
    wait_idle(page.context.runner, qtbot)


def test_a_corpus_is_embedded_once_and_then_only_what_is_new(imported, drop, tmp_path, qtbot):
    view = imported.corpus_view
    embed(imported, qtbot)
    assert "Embedded 4 rows" in view.embeddings.outcome.text()
    qtbot.waitUntil(lambda: not view.embeddings.primary.button.isEnabled())
    assert view.embeddings.primary.cost.text() == "Every row wanted has its vector already."
    (vector_set,) = imported.context.workspace.vector_sets()
    first = np.array(vector_set.vectors())
    more = tmp_path / "more.txt"
    more.write_text("An owl sees in the dark.\n")
    drop(more)
    imported.preview.target.setCurrentIndex(1)
    imported.preview.primary.button.click()
    wait_idle(imported.context.runner, qtbot)
    view.show_embed()
    qtbot.waitUntil(lambda: view.embeddings.primary.button.text() == "Embed 1 more row")
    view.embeddings.primary.button.click()
    wait_idle(imported.context.runner, qtbot)
    (again,) = imported.context.workspace.vector_sets()
    assert again.n_rows == 5
    np.testing.assert_array_equal(again.vectors()[:4], first)


def test_embeddings_are_exported_deleted_and_put_back(imported, qtbot, asker, tmp_path: Path):
    embed(imported, qtbot)
    view = imported.corpus_view.embeddings
    asker.answers["Export the vectors"] = tmp_path / "vectors.npy"
    view.export_button.click()
    wait_idle(imported.context.runner, qtbot)
    assert np.load(tmp_path / "vectors.npy").shape == (4, 384)
    with qtbot.waitSignal(imported.context.notices.added) as told:
        view.delete_button.click()
    assert imported.context.workspace.vector_sets() == []
    told.args[0].action()
    assert len(imported.context.workspace.vector_sets()) == 1


def test_embedding_is_copied_as_python_and_as_a_command(imported, qtbot):
    embed(imported, qtbot)
    python, command = imported.corpus_view.copy_as.menu().actions()
    python.trigger()
    assert "ws.embed('animals', 'starter')" in QGuiApplication.clipboard().text()
    command.trigger()
    assert QGuiApplication.clipboard().text().endswith("embed animals --encoder starter")


def test_a_row_leads_to_rows_like_it(imported, qtbot):
    embed(imported, qtbot)
    imported.corpus_view.show_segment("rows")
    imported.corpus_view.rows.table.selectRow(1)
    imported.inspector().like_button.click()
    window = imported.window()
    assert window.current_page().page_id == "search"
    search = window.page("search")
    qtbot.waitUntil(lambda: len(search.model.hits) == 3)
    assert "a2" not in [hit.id for hit in search.model.hits]


def test_what_was_open_is_found_again(imported, qtbot, make_main_window):
    imported.corpus_view.show_segment("rows")
    imported.splitter.set_side_width(300)
    folder = imported.context.workspace.folder
    imported.window().close()
    window = make_main_window(folder)
    window.resize(1280, 800)
    again = window.page("corpora")
    assert again.corpus_view.title.text() == "animals"
    assert again.corpus_view.segment == "rows"
    qtbot.waitUntil(lambda: again.splitter.sizes()[0] == 300)
    wait_idle(again.context.runner, qtbot)


def test_models_keep_their_promises(imported, qtbot, qtmodeltester):
    view = imported.corpus_view
    qtbot.waitUntil(lambda: view.report.model.rowCount() == 1)
    for model in (view.rows.model, view.report.model, imported.list.lines):
        qtmodeltester.check(model)
