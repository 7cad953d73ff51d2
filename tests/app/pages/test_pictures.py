"""Pictures in the window: previewed, imported, embedded, found by words and by a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from picture_making import picture, write_pictures
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QPixmap
from transformer_making import write_two_towers
from window_driving import wait_idle

from embedding_lab.encoders.store import EncoderStore
from embedding_lab.workflows.embed_corpus import EmbedCorpus
from embedding_lab.workflows.import_corpus import ImportCorpus

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from embedding_lab_app.main_window import MainWindow


@pytest.fixture(scope="module")
def towers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_two_towers(tmp_path_factory.mktemp("towers") / "clip", "clip")


def drop(window: MainWindow, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPointF(500, 300), Qt.DropAction.CopyAction, data, buttons, keys))


@pytest.fixture
def pictures(window: MainWindow, qtbot: QtBot, tmp_path: Path, towers: Path) -> MainWindow:
    """A window on twelve embedded pictures."""
    folder = write_pictures(tmp_path / "colours", 3)
    EncoderStore(window.context.workspace).add(towers, "clip")
    runner = window.context.runner
    for job in (ImportCorpus((str(folder),)), EmbedCorpus("colours", "clip")):
        runner.submit(job)
        wait_idle(runner, qtbot, 60_000)
    return window


def test_a_dropped_folder_of_pictures_is_previewed_with_its_pictures(window, qtbot, tmp_path):
    drop(window, write_pictures(tmp_path / "colours"))
    preview = window.page("corpora").preview
    qtbot.waitUntil(preview.primary.button.isEnabled, timeout=20_000)
    assert preview.primary.button.text() == "Import about 8 rows"
    assert not preview.picture.pixmap().isNull()
    assert not preview.form.keeps_empty.isVisible()
    qtbot.mouseClick(preview.primary.button, Qt.MouseButton.LeftButton)
    wait_idle(window.context.runner, qtbot)
    (corpus,) = window.context.workspace.corpora()
    assert (corpus.n_rows, corpus.n_pictures) == (8, 8)


def test_rows_show_their_pictures_and_the_inspector_the_chosen_one(pictures, qtbot):
    pictures.context.navigate("corpora", corpus="colours")
    page = pictures.page("corpora")
    rows = page.corpus_view.rows
    page.corpus_view.show_segment("rows")
    assert rows.model.headers[:3] == ("row", "picture", "id")
    assert "text" not in rows.model.headers
    shown = rows.model.index(2, 1).data(Qt.ItemDataRole.DecorationRole)
    assert isinstance(shown, QPixmap)
    assert not shown.isNull()
    rows.table.selectRow(2)
    inspector = page.inspector()
    assert not inspector.picture.pixmap().isNull()
    assert not inspector.text.isVisible()
    # Clicking on the pictures' own header sorts by nothing.
    rows.table.horizontalHeader().sortIndicatorChanged.emit(1, Qt.SortOrder.AscendingOrder)
    qtbot.waitUntil(lambda: rows.note.text() == "12 rows")


def test_what_of_a_row_is_embedded_can_be_chosen(pictures, qtbot):
    pictures.context.navigate("corpora", corpus="colours", segment="embeddings")
    view = pictures.page("corpora").corpus_view.embeddings
    form = view.form
    qtbot.waitUntil(lambda: form.encoder.count() == 2)
    form.encoder.setCurrentIndex(1)
    assert form.record.name == "clip"
    titles = [form.modality.itemText(number) for number in range(form.modality.count())]
    assert titles == ["Its picture", "Its title and text"]
    assert "Every row wanted has its vector" in view.primary.cost.text()
    form.modality.setCurrentIndex(1)
    assert view.primary.button.text() == "Embed 12 rows"
    assert form.job(pictures.context.workspace.corpus("colours")).modality == "text"


def test_pictures_are_found_by_words_and_by_a_dropped_picture(pictures, qtbot, tmp_path):
    corpus = pictures.context.workspace.corpus("colours")
    page = pictures.page("search")
    with qtbot.waitSignal(page.controller.found, timeout=30_000):
        pictures.context.navigate("search", corpus=corpus.id, query="a red picture")
    assert all(hit.thumbnail for hit in page.controller.hits)
    assert page.bar.picture_button.isVisible()
    with qtbot.waitSignal(page.controller.found, timeout=30_000):
        drop(pictures, tmp_path / "colours" / "blue" / "1.png")
    assert page.controller.hits[0].id == "blue/1.png"
    assert page.controller.hits[0].score == pytest.approx(1, abs=1e-4)
    assert page.bar.like_label.text() == "Like 1.png"
    assert pictures.current_page() is page
    with qtbot.waitSignal(page.controller.found, timeout=30_000):
        page.bar.like_button.click()
    assert page.controller.result["image"] == ""
    assert page.controller.result["query"] == "a red picture"


def test_an_encoder_of_texts_leaves_dropped_pictures_to_the_window(pictures, qtbot, tmp_path):
    corpus = pictures.context.workspace.corpus("colours")
    pictures.context.runner.submit(EmbedCorpus("colours", "starter", limit=4))
    wait_idle(pictures.context.runner, qtbot, 60_000)
    page = pictures.page("search")
    starter = EncoderStore(pictures.context.workspace).get("starter")
    pictures.context.navigate("search", corpus=corpus.id, encoder=starter.id)
    assert not page.bar.picture_button.isVisible()
    picture("black").save(tmp_path / "new.png")
    drop(pictures, tmp_path / "new.png")
    assert pictures.current_page() is pictures.page("corpora")


def test_a_trial_takes_pictures_where_the_encoder_does(pictures, qtbot, tmp_path):
    pictures.show_page("encoders")
    page = pictures.page("encoders")
    qtbot.waitUntil(lambda: page.controller.is_read and len(page.controller.records) == 2)
    trial = page.view.try_view
    assert not trial.first.choose_button.isVisible()
    page.controller.choose(page.controller.records[1].id)
    assert trial.first.choose_button.isVisible()
    pictures.context.asker.answers["Choose a picture"] = [tmp_path / "colours" / "red" / "0.png"]
    qtbot.mouseClick(trial.second.choose_button, Qt.MouseButton.LeftButton)
    trial.first.text.setPlainText("a red picture")
    trial.among.setCurrentIndex(trial.among.findData("colours"))
    qtbot.mouseClick(trial.compare_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "among 12 rows" in trial.details.text(), timeout=30_000)
    # The starter takes none, so the text comes back.
    page.controller.choose("starter")
    assert trial.second.image == ""
    assert trial.second.text.isVisible()
    assert trial.error.text == ""
