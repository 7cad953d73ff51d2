"""Instructions for retrieval: typed, dropped, compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

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


def test_instructions_that_are_the_same_are_refused_and_spaces_count(page):
    page.segments.choose("instructions")
    rows = page.instructions_view.editor.rows
    rows.change([("query: ", ""), ("query: ", "")], "")
    assert page.instructions_view._field.error == "Two instructions are the same."
    assert not page.acts.test_button.isEnabled()
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
