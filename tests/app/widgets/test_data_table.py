"""Copying from the house's table, and its selection of many rows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QStandardItem, QStandardItemModel

from embedding_lab_app.widgets.data_table import MOST_COPIED, DataTable

if TYPE_CHECKING:
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
