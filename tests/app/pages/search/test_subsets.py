"""Results kept as a subset: taken up by filters and training, forgotten, brought back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from search_driving import ids, search

from embedding_lab_app.subsets import SubsetMenu

pytestmark = pytest.mark.usefixtures("no_engine")


def test_results_are_kept_as_a_subset_that_filters_and_training_take_up(page, qtbot, window, asker):
    search(page, qtbot, "whale")
    page.table.select_rows([0, 1])
    asker.answers["Save as a subset"] = "whales"
    page.subset_button.click()
    corpus = page.controller.corpus
    assert [corpus.documents_at([row])[0].id for row in corpus.subsets.get("whales").rows] == [
        "w1",
        "w3",
    ]
    page.bar.filter.setText("year > 1900")
    menu = SubsetMenu(page.context, page.bar.filter, lambda: corpus).make()
    with qtbot.waitSignal(page.controller.found):
        menu.actions()[0].trigger()
    assert page.bar.filter.text() == '(year > 1900) and in subset "whales"'
    assert ids(page) == ["w3"]
    page.subset_button.click()
    notices = window.context.notices.history
    assert "There is a subset named whales already." in notices[-1].text
    notices[-2].action()
    assert window.current_page().page_id == "training"
    assert window.page("training").form.job().filter == 'in subset "whales"'
    menu.actions()[1].menu().actions()[0].trigger()
    assert corpus.subsets.list() == []
    window.context.notices.history[-1].action()
    assert [subset.name for subset in corpus.subsets.list()] == ["whales"]
    menu.close()


def test_the_subsets_open_by_keyboard_and_a_damaged_list_is_told(page, qtbot, window):
    corpus = page.controller.corpus
    corpus.subsets.save("whales", [0, 1], n_rows=corpus.n_rows)
    page.bar.filter.setFocus()
    qtbot.keyClick(page.bar.filter, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    menu = QApplication.activePopupWidget()
    assert menu is not None
    assert [action.text() for action in menu.actions()] == ["whales (2 rows)", "Forget"]
    qtbot.keyClick(menu, Qt.Key.Key_Escape)
    (corpus.folder / "subsets.json").write_text("[]", encoding="utf-8")
    qtbot.keyClick(page.bar.filter, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert "is damaged" in window.context.notices.history[-1].text


def test_what_was_forgotten_comes_back_only_into_the_workspace_it_was_in(page, window, tmp_path):
    context, corpus = window.context, page.controller.corpus
    corpus.subsets.save("whales", [0, 1], n_rows=corpus.n_rows)
    menu = SubsetMenu(context, page.bar.filter, lambda: corpus).make()
    menu.actions()[1].menu().actions()[0].trigger()
    menu.close()
    undo = context.notices.history[-1].action
    window.change_workspace(lambda: context.create_workspace(tmp_path / "Other.embedlab"))
    undo()
    assert "There is no corpus named animals" in context.notices.history[-1].text
    assert corpus.subsets.list() == []
