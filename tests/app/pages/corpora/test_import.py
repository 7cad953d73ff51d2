"""From a drop to rows: the preview, what can be changed in it, the import, and its report."""

from __future__ import annotations

import csv
import gzip
import json
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from window_driving import wait_idle

from embedding_lab.workspace.workspace import open_workspace

if TYPE_CHECKING:
    from embedding_lab_app.pages.corpora.page import CorporaPage


def cells(page: CorporaPage, column: str) -> list[str]:
    model = page.corpus_view.rows.model
    place = list(model.headers).index(column)
    return [model.index(row, place).data() for row in range(model.rowCount())]


def report(page: CorporaPage) -> list[tuple[str, ...]]:
    model = page.corpus_view.report.model
    return [
        tuple(str(model.index(row, column).data()) for column in range(4))
        for row in range(model.rowCount())
    ]


def accept(page: CorporaPage, qtbot) -> None:
    qtbot.mouseClick(page.preview.primary.button, Qt.MouseButton.LeftButton)
    wait_idle(page.context.runner, qtbot)


def test_the_preview_tells_how_a_table_is_read(page, drop, table_file):
    drop(table_file)
    preview = page.preview
    assert page.stack.currentWidget() is preview
    assert preview.title.text() == "Import animals"
    assert preview.form.delimiter.currentText() == "As detected: comma"
    assert preview.form.encoding.currentText() == "As detected: UTF-8"
    assert preview.form.header.currentText() == "As detected: names the columns"
    roles = {name: combo.currentText() for name, combo in preview.header.combos.items()}
    assert roles == {"id": "Id", "headline": "Title", "body": "Text", "year": "Other"}
    assert preview.rows.index(0, 2).data() == "A whale sings under water."
    assert preview.document.toPlainText() == "Whales sing A whale sings\nunder water."
    assert preview.primary.button.text().startswith("Import about ")
    assert not page.context.workspace.corpora()


def test_files_that_cannot_be_read_are_explained_without_an_empty_form(
    page, drop, table_file, tmp_path, asker, qtbot
):
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    drop(paper)
    preview = page.preview
    assert preview.problems.text() == (
        f"{paper} is a PDF document, which this program does not read. Save its text as a .txt or "
        ".md file."
    )
    assert preview.choices.isHidden()
    assert preview.primary.isHidden()
    asker.answers["Import files of texts"] = [table_file]
    preview.others_button.click()
    wait_idle(page.context.runner, qtbot)
    assert preview.title.text() == "Import animals"
    assert not preview.choices.isHidden()
    assert preview.others_button.isHidden()
    assert preview.primary.button.isEnabled()


def test_a_form_whose_choices_are_to_blame_stays(page, drop, table_file, qtbot):
    drop(table_file)
    page.controller.draft.read_as(encoding="utf-16")
    qtbot.waitUntil(lambda: not page.controller.draft.is_reading)
    assert not page.preview.choices.isHidden()


def test_a_role_is_changed_and_the_document_follows(page, drop, table_file, qtbot):
    drop(table_file)
    combo = page.preview.header.combos["headline"]
    combo.setCurrentIndex(combo.findText("Label"))
    combo.activated.emit(combo.currentIndex())
    qtbot.waitUntil(lambda: page.preview.document.toPlainText() == "A whale sings\nunder water.")
    accept(page, qtbot)
    assert cells(page, "label")[:2] == ["Whales sing", "Lions roar"]


def test_rows_come_in_and_those_that_do_not_are_listed(imported, qtbot):
    page = imported
    view = page.corpus_view
    assert view.segment == "report"
    assert "4 rows came in, 1 did not." in view.report.sentence.text()
    qtbot.waitUntil(lambda: view.report.model.rowCount() == 1)
    (line,) = report(page)
    assert line[:3] == ("animals.csv", "7", "did not come in")
    assert "6" in line[3]
    assert "4" in line[3]  # six cells where the header has four
    assert view.rejected_button.text() == "1 row did not come in"
    view.show_segment("rows")
    assert cells(page, "id") == ["a1", "a2", "a3", "a4"]
    assert cells(page, "title")[0] == "Whales sing"


def test_the_report_is_filtered_and_exported(imported, qtbot, asker, tmp_path):
    view = imported.corpus_view.report
    qtbot.waitUntil(lambda: view.model.rowCount() == 1)
    view.filter.setText("no such reason")
    qtbot.waitUntil(lambda: view.model.rowCount() == 0)
    asker.answers["Export the report"] = tmp_path / "report.csv"
    view.export_button.click()
    wait_idle(imported.context.runner, qtbot)
    with (tmp_path / "report.csv").open(newline="", encoding="utf-8") as file:
        (line,) = list(csv.DictReader(file))
    assert line["line"] == "7"


def test_another_encoding_is_chosen(page, drop, tmp_path, qtbot):
    path = tmp_path / "words.txt"
    path.write_bytes("naïve café\n".encode()[:11] + b"\xe9\n")
    drop(path)
    encoding = page.preview.form.encoding
    encoding.setCurrentIndex(encoding.findData("cp1251"))
    qtbot.waitUntil(lambda: not page.controller.draft.is_reading)
    assert page.preview.rows.index(0, 0).data().endswith("й")


def test_a_delimiter_and_a_missing_header_are_chosen(page, drop, tmp_path, qtbot):
    path = tmp_path / "pairs.csv"
    path.write_text("cat|a small animal\ndog|another animal\nbird|it has wings\n")
    drop(path)
    form = page.preview.form
    form.delimiter.setCurrentIndex(form.delimiter.findData("|"))
    qtbot.waitUntil(lambda: page.preview.rows.columnCount() == 2)
    form.header.setCurrentIndex(form.header.findData("no"))
    qtbot.waitUntil(lambda: page.preview.rows.rowCount() == 3)
    accept(page, qtbot)
    assert page.controller.corpus.n_rows == 3


def test_the_same_file_is_not_imported_twice_without_asking(imported, drop, table_file, qtbot):
    page = imported
    drop(table_file)
    assert page.preview.banner.text == "animals.csv is in the corpus animals already."
    assert not page.preview.primary.button.isEnabled()
    assert "Choose above" in page.preview.primary.cost.text()
    page.preview._add_to_known()
    assert page.preview.primary.button.isEnabled()
    accept(page, qtbot)
    (corpus,) = page.context.workspace.corpora()
    assert corpus.n_rows == 4
    drop(table_file)
    page.preview._import_again()
    page.preview.name.setText("again")
    page.preview.name.textEdited.emit("again")
    accept(page, qtbot)
    assert [item.name for item in page.context.workspace.corpora()] == ["animals", "again"]


def test_more_rows_go_behind_those_of_a_corpus(imported, drop, tmp_path, qtbot):
    more = tmp_path / "more.jsonl.gz"
    more.write_bytes(gzip.compress(b'{"id": "b1", "text": "The owl sees in the dark."}\n'))
    drop(more)
    target = imported.preview.target
    target.setCurrentIndex(1)
    assert imported.preview.primary.button.text().startswith("Add ")
    accept(imported, qtbot)
    (corpus,) = imported.context.workspace.corpora()
    assert corpus.n_rows == 5
    assert cells(imported, "id")[-1] == "b1"


def test_a_beir_folder_brings_queries_and_judgements(page, drop, tmp_path, qtbot):
    folder = tmp_path / "study"
    (folder / "qrels").mkdir(parents=True)
    rows = [{"_id": f"d{n}", "title": f"T{n}", "text": f"text {n}"} for n in range(3)]
    (folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (folder / "queries.jsonl").write_text('{"_id": "q1", "text": "which text"}\n')
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td2\t1\n")
    drop(folder)
    assert page.preview.summary.text().startswith("BEIR layout: 3 documents, queries, judgements")
    accept(page, qtbot)
    view = page.corpus_view
    assert "3 rows · 1 query · 1 judgement (test)" in view.facts.text()
    view.show_segment("queries")
    assert view.segment == "queries"
    qtbot.waitUntil(lambda: view.queries.model.rowCount() == 1)
    assert view.queries.model.index(0, 2).data() == "which text"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.csv", b"", "empty"),
        ("picture.png", b"\x89PNG\r\n\x1a\n" + bytes(200), "picture.png"),
        ("header.csv", b"id,text\n", "header.csv"),
    ],
)
def test_what_cannot_be_read_is_told_before_anything_is_imported(
    page, drop, tmp_path, name, content, words
):
    path = tmp_path / name
    path.write_bytes(content)
    drop(path)
    preview = page.preview
    shown = f"{preview.problems.text()} {preview.error.text} {preview.notes.text()}"
    assert words in shown
    assert "Traceback" not in shown
    assert not preview.primary.button.isEnabled()
    preview.cancel_button.click()
    assert page.stack.currentWidget() is page.empty


def test_a_missing_file_is_told(page, drop, tmp_path):
    drop(tmp_path / "gone.csv")
    assert "gone.csv" in f"{page.preview.error.text} {page.preview.problems.text()}"
    assert not page.preview.primary.button.isEnabled()


def test_escape_leaves_the_preview(page, drop, table_file, qtbot):
    drop(table_file)
    page.preview.cancelled.emit()
    assert page.stack.currentWidget() is page.empty
    assert page.context.workspace.corpora() == []


def test_a_cancelled_import_adds_nothing_and_can_be_continued(page, drop, tmp_path, qtbot):
    path = tmp_path / "long.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("id,text\n")
        file.writelines(f"{n},text number {n} of a long file\n" for n in range(60_000))
    drop(path)
    page.preview.primary.button.click()
    qtbot.waitUntil(page.import_card.isVisible)
    page.import_card.cancel_button.click()
    wait_idle(page.context.runner, qtbot)
    assert page.context.workspace.corpora() == []
    assert page.banner.text == "The import was cancelled; nothing was added."
    page.banner.findChild(type(page.import_button)).click()
    wait_idle(page.context.runner, qtbot)
    (corpus,) = page.context.workspace.corpora()
    assert corpus.n_rows == 60_000


def test_a_read_only_workspace_imports_nothing_and_says_why(
    page, make_main_window, table_file, qtbot
):
    second = make_main_window(page.context.workspace.folder)
    other = second.page("corpora")
    second.context.drop([table_file])
    qtbot.waitUntil(lambda: other.controller.draft.preview is not None)
    assert not other.preview.primary.button.isEnabled()
    assert other.preview.primary.cost.text().startswith("Read-only.")
    with open_workspace(page.context.workspace.folder) as workspace:
        assert workspace.corpora() == []
