"""ONNX files are looked into and compared in the window."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from embedding_lab.export.shrink import recipe, shrink


@pytest.fixture(scope="module")
def small(fast, tmp_path_factory):
    file = tmp_path_factory.mktemp("window-small") / "small.onnx"
    shrink(fast / "model.onnx", file, recipe("int8-rows"))
    return file


def operators(view):
    return {item["operator"]: item for item in view.operator_model.records}


def test_an_encoders_file_is_looked_into(page, show, qtbot):
    view = show("fast", "inside").inspect_view
    assert view.file.currentText() == "fast"
    assert not view.first_card.isVisible()
    qtbot.mouseClick(view.button.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(view.first_card.isVisible)
    facts = view.summary.pairs()
    assert facts["Gives"] == "sentence_embedding float32 (batch, 32)"
    assert facts["Nodes"].isdigit()
    assert "float32" in facts["Number formats"]
    assert operators(view)["MatMul"]["first"] == 16
    assert not view.difference_card.isVisible()


def test_a_dropped_file_is_compared_with_the_encoders(page, show, small, qtbot):
    view = show("fast", "inside").inspect_view
    view.drop.dropped.emit([small])
    qtbot.waitUntil(view.difference_card.isVisible)
    assert view.against.path == str(small)
    assert view.button.button.text() == "Compare the files"
    assert "things differ between model.onnx (first) and small.onnx" in view.sentence.text()
    found = {(row["what"], row["name"]): row for row in view.difference_model.records}
    matmul = found["Nodes of", "MatMul"]
    assert (matmul["first"], matmul["second"]) == ("16", "4")
    assert operators(view)["MatMul"]["second"] == 4
    assert any(row["first"] == "none" for row in view.difference_model.records)
    view.against.setCurrentIndex(0)
    # What is shown is always of the files that are chosen.
    assert not view.difference_card.isVisible()


def test_two_dropped_files_are_compared_with_each_other(page, show, small, fast, qtbot):
    view = show("starter", "inside").inspect_view
    view.drop.dropped.emit([small, fast / "model.onnx"])
    qtbot.waitUntil(view.difference_card.isVisible)
    assert view.file.path == str(small)
    view.against.choose_file(small)
    view.button.button.click()
    qtbot.waitUntil(lambda: view.sentence.text().startswith("Nothing differs"))
    assert not view.differences.isVisible()


def test_a_damaged_file_is_told(page, show, asker, tmp_path, qtbot):
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"nothing")
    asker.answers["Choose an ONNX file"] = [broken]
    view = show("bert", "inside").inspect_view
    view._choose(view.file)
    assert view.file.path == str(broken)
    view.button.button.click()
    qtbot.waitUntil(view.outcome.error.isVisible)
    assert "broken.onnx" in view.outcome.error.text
    assert "Traceback" not in view.outcome.error.text


def test_a_file_that_is_not_added_yet_is_looked_into(page, small, fast, qtbot):
    page.open_with({"folder": fast / "model.onnx"})
    draft = page.controller.draft
    qtbot.waitUntil(lambda: draft.record is not None)
    qtbot.mouseClick(page.add_view.inspect_button, Qt.MouseButton.LeftButton)
    view = page.view.inspect_view
    qtbot.waitUntil(view.first_card.isVisible)
    assert view.summary.pairs()["File"] == str(fast / "model.onnx")
    assert page.stack.currentWidget() is page.view


def test_looking_inside_copies_as_python_and_as_a_command(page, show, small):
    view = show("fast", "inside").inspect_view
    view.against.choose_file(small)
    view.copy_as.menu().actions()[0].trigger()
    assert f"ws.inspect_onnx({view.file.path!r}, {str(small)!r})" in (
        QGuiApplication.clipboard().text()
    )
    view.copy_as.menu().actions()[1].trigger()
    assert QGuiApplication.clipboard().text().endswith(f"--against {small}")


def test_the_part_that_is_shown_is_found_again(page, show):
    show("fast", "inside")
    assert page.save_state()["segment"] == "inside"
    page.view.show_segment("about")
    page.restore_state({"segment": "inside"})
    assert page.view.segment == "inside"
