"""Copying from the house's table, and its selection of many rows."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QDrag, QGuiApplication, QMouseEvent, QStandardItem, QStandardItemModel
from PySide6.QtTest import QTest

from embedding_lab_app.widgets.data_table import MOST_COPIED, DataTable
from embedding_lab_app.widgets.drag_out import table_data
from embedding_lab_app.widgets.dropped_paths import comes_from_outside, dropped_paths

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


@pytest.fixture
def table(qtbot: QtBot) -> DataTable:
    made = DataTable("Things")
    model = QStandardItemModel(made)
    model.setHorizontalHeaderLabels(["name", "note"])
    for name, note in (("a", "one\ttwo"), ("b", "x | y\nz"), ("c", "")):
        model.appendRow([QStandardItem(name), QStandardItem(note)])
    made.setModel(model)
    qtbot.addWidget(made)
    return made


def copied() -> str:
    return QGuiApplication.clipboard().text()


def test_selected_rows_are_copied_with_tabs(table: DataTable) -> None:
    table.select_rows([0, 1])
    table.copy_tsv()
    assert copied() == "name\tnote\na\tone two\nb\tx | y z"


def test_tables_for_markdown_and_papers_stay_tables_whatever_the_cells_hold(
    table: DataTable,
) -> None:
    table.copy_as("latex")
    assert copied().splitlines()[2] == r"name & note \\"
    assert copied().count(r"\\") == 4
    table.select_rows([1])
    table.copy_as("markdown")
    assert copied().splitlines() == ["| name | note |", "| --- | --- |", "| b | x \\| y z |"]


def test_json_keeps_the_cells_as_they_are(table: DataTable) -> None:
    table.select_rows([0, 2])
    table.copy_as("json")
    assert json.loads(copied()) == [{"name": "a", "note": "one\ttwo"}, {"name": "c", "note": ""}]


def test_a_cell_that_is_shown_shortened_is_copied_whole(table: DataTable) -> None:
    whole = "a long text " * 50
    model = table.model()
    model.setData(model.index(0, 1), whole, Qt.ItemDataRole.EditRole)
    table.select_rows([0])
    table.copy_tsv()
    assert whole.strip() in copied()


def test_a_huge_selection_is_cut_and_that_is_told(qtbot: QtBot) -> None:
    table = DataTable("Many")
    qtbot.addWidget(table)
    model = QStandardItemModel(table)
    for number in range(MOST_COPIED + 10):
        model.appendRow(QStandardItem(str(number)))
    table.setModel(model)
    table.selectAll()
    with qtbot.waitSignal(table.copy_shortened) as told:
        table.copy_tsv()
    assert told.args == [MOST_COPIED, MOST_COPIED + 10]
    assert len(copied().splitlines()) == MOST_COPIED + 1


def test_scattered_rows_are_selected_as_asked(table: DataTable) -> None:
    table.select_rows([2, 0])
    assert table.selected_rows() == [0, 2]
    table.select_rows([])
    assert table.selected_rows() == []


def press(table: DataTable, row: int, **more: Qt.KeyboardModifier) -> None:
    position = table.visualRect(table.model().index(row, 0)).center()
    QTest.mousePress(table.viewport(), Qt.MouseButton.LeftButton, pos=position, **more)


def pull(table: DataTable, row: int) -> None:
    """Move the mouse with the button held, far enough for a drag."""
    start = table.visualRect(table.model().index(row, 0)).center()
    for distance in (5, 20, 40):
        position = QPointF(start + QPoint(distance, 0))
        event = QMouseEvent(
            QEvent.Type.MouseMove,
            position,
            table.viewport().mapToGlobal(position),
            Qt.MouseButton.NoButton,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        QCoreApplication.sendEvent(table.viewport(), event)


@pytest.fixture
def drags(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[Path]]]:
    """What was dragged: its text and its files."""
    seen: list[tuple[str, list[Path]]] = []

    def take(drag: QDrag, _action: Qt.DropAction) -> Qt.DropAction:
        data = drag.mimeData()
        seen.append((data.text(), dropped_paths(data)))
        return Qt.DropAction.CopyAction

    monkeypatch.setattr(QDrag, "exec", take)
    return seen


def test_selected_rows_dragged_out_arrive_as_text_and_as_a_file(
    table: DataTable, drags: list[tuple[str, list[Path]]], qtbot: QtBot
) -> None:
    table.show()
    table.select_rows([0, 2])
    press(table, 2)
    pull(table, 2)
    ((text, (path,)),) = drags
    assert text == "name\tnote\na\tone two\nc\t"
    assert path.name == "Things.tsv"
    with path.open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file, delimiter="\t")) == [
            ["name", "note"],
            ["a", "one two"],
            ["c", ""],
        ]


def test_a_drag_from_a_row_that_is_not_selected_selects_as_ever(
    table: DataTable, drags: list[tuple[str, list[Path]]], qtbot: QtBot
) -> None:
    table.show()
    table.select_rows([0])
    press(table, 2)
    pull(table, 2)
    assert drags == []
    assert table.selected_rows() == [2]


def test_a_click_on_one_of_several_selected_rows_leaves_that_one(
    table: DataTable, drags: list[tuple[str, list[Path]]], qtbot: QtBot
) -> None:
    table.show()
    table.select_rows([0, 1, 2])
    position = table.visualRect(table.model().index(1, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=position)
    assert table.selected_rows() == [1]
    assert drags == []


def test_files_of_two_drags_do_not_meet_and_have_safe_names() -> None:
    first, second = (table_data('Runs of "a/b": 1 < 2', "x\ty") for _ in range(2))
    paths = [*dropped_paths(first), *dropped_paths(second)]
    assert paths[0] != paths[1]
    assert {path.name for path in paths} == {"Runs of a b 1 2.tsv"}
    assert all(path.read_text() == "x\ty\n" for path in paths)
    assert [path.name for path in dropped_paths(table_data("…", ""))] == ["Table.tsv"]


def test_our_own_rows_are_not_taken_for_files_to_import(table: DataTable) -> None:
    class OwnDrag:
        def source(self) -> DataTable:
            return table

    class OtherDrag:
        def source(self) -> None:
            return None

    assert not comes_from_outside(OwnDrag())
    assert comes_from_outside(OtherDrag())
