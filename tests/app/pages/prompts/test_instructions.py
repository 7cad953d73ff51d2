"""Instructions for retrieval: typed, dropped, compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from window_driving import wait_idle

if TYPE_CHECKING:
    from pathlib import Path


# Instructions


def test_instructions_are_compared_on_the_judged_queries(page, window, qtbot, asker):
    page.segments.choose("instructions")
    assert page.acts.test_button.text() == "Test 3 queries"
    with qtbot.waitSignal(page.instructions.compared, timeout=20_000):
        page.acts.test_button.click()
    view = page.instructions_view
    first, second = view.table.records.records
    assert (first["query"], first["verdict"]) == ("none", "")
    assert second["query"] == "query:"
    assert second["score"] < first["score"]
    wait_idle(window.context.runner, qtbot)
    asker.answers["Save the test"] = "instructed"
    page.acts.save_button.click()
    assert [item.kind for item in page.experiments.manifests] == ["instructions"]


def test_instructions_are_typed_copied_and_dropped_and_the_same_ones_refused(page, tmp_path: Path):
    page.segments.choose("instructions")
    rows = page.instructions_view.editor.rows
    rows.change([("query: ", ""), ("query: ", "")], "")
    assert page.instructions_view._field.error == "Two instructions are the same."
    assert not page.acts.test_button.isEnabled()
    rows.change([("query: ", ""), ("query:", "")], "")
    assert page.instructions_view._field.error == ""
    assert page.instructions.queries == ("query: ", "query:")
    view = page.instructions_view
    view.depth_field.setValue(5)
    view.split.setCurrentIndex(view.split.findData("test"))
    page.acts.copy_as._copy_command()
    assert QGuiApplication.clipboard().text().endswith("--split test -k 5")
    page.acts.copy_as._copy_python()
    assert "split='test', k=5" in QGuiApplication.clipboard().text()
    path = tmp_path / "instructions.txt"
    path.write_text("-\t-\nquery: \tpassage: \n")
    assert page.take_drop([path])
    assert page.instructions.queries == ("", "query: ")
    assert page.instructions.documents == ("", "passage: ")
