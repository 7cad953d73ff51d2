"""The Encoders page as a user meets it: cards, adding, refusing, trying, removing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from code_making import write_own_architecture
from encoder_making import HashEncoder, write_bert, write_json, write_sentence_bert
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from window_driving import wait_idle

from embedding_lab.encoders import pool
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.types import Role
from embedding_lab.workflows.compare_texts import CompareTexts
from embedding_lab.workflows.perform import perform
from embedding_lab.workspace.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import ScriptedAsker
    from pytestqt.qtbot import QtBot

    from embedding_lab_app.main_window import MainWindow
    from embedding_lab_app.pages.encoders.page import EncodersPage

pytestmark = pytest.mark.usefixtures("no_engine")


@pytest.fixture
def page(window: MainWindow, qtbot: QtBot) -> EncodersPage:
    window.show_page("encoders")
    shown = window.page("encoders")
    qtbot.waitUntil(lambda: shown.controller.is_read)
    return shown


@pytest.fixture
def look_at(window: MainWindow, page: EncodersPage, qtbot: QtBot) -> Callable[[Path], None]:
    def drop_and_wait(folder: Path) -> None:
        window.context.drop([folder])
        draft = page.controller.draft
        qtbot.waitUntil(lambda: draft.record is not None or draft.error is not None)

    return drop_and_wait


def names(page: EncodersPage) -> list[str]:
    return [page.list.lines.line(row).name for row in range(page.list.lines.rowCount())]


def test_the_starter_is_there_with_its_card(page):
    assert names(page) == ["starter"]
    facts = page.view.facts.pairs()
    assert facts["Dimensions"] == "384"
    assert facts["Maximum length"] == "256 tokens"
    assert facts["Pooling"] == "mean of the tokens"
    assert facts["Licence"] == "apache-2.0"
    assert "model.safetensors" in page.view.files.pairs()
    assert not page.view.delete_button.isEnabled()
    assert "belongs to the program" in page.view.delete_button.toolTip()


def test_a_dropped_folder_shows_its_card_and_becomes_an_encoder(page, look_at, tmp_path, qtbot):
    look_at(write_sentence_bert(tmp_path / "tiny", prompts={"query": "find: "}))
    view = page.add_view
    assert page.stack.currentWidget() is view
    assert view.name.text() == "tiny"
    assert view.facts.pairs()["Dimensions"] == "32"
    assert view.query_prompt.text() == "find: "
    assert not view.pooling.isVisible()  # the folder says it itself
    view.max_length.setValue(16)
    view.document_prompt.setText("text: ")
    with qtbot.waitSignal(page.controller.draft.added):
        qtbot.mouseClick(view.add_button.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: names(page) == ["starter", "tiny"])
    assert page.stack.currentWidget() is page.view
    facts = page.view.facts.pairs()
    assert (facts["Maximum length"], facts["Prompt “document”"]) == ("16 tokens", "“text: ”")
    with open_workspace(page.context.workspace.folder) as workspace:
        record = EncoderStore(workspace).get("tiny")
    assert (record.max_length, record.prompts) == (16, {"query": "find: ", "document": "text: "})


def test_what_a_plain_folder_does_not_say_is_asked(page, look_at, tmp_path, qtbot):
    look_at(write_bert(tmp_path / "plain"))
    view = page.add_view
    assert "does not say how tokens are pooled" in view.warnings.text()
    assert view.pooling.isVisible()
    assert view.pooling.currentData() == "mean"
    view.pooling.setCurrentIndex(view.pooling.findData("cls"))
    with qtbot.waitSignal(page.controller.draft.added):
        view.add_button.button.click()
    qtbot.waitUntil(lambda: names(page) == ["starter", "plain"])
    assert page.view.facts.pairs()["Pooling"] == "first token (CLS)"


def broken(folder: Path, kind: str) -> Path:
    if kind == "texts":
        folder.mkdir()
        (folder / "notes.txt").write_text("no encoder")
        return folder
    write_bert(folder)
    if kind == "pickle":
        (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    elif kind == "tokenizer":
        (folder / "tokenizer.json").unlink()
    elif kind == "cut":
        weights = folder / "model.safetensors"
        weights.write_bytes(weights.read_bytes()[:-100])
    elif kind == "code":
        config = {"model_type": "own", "auto_map": {"AutoModel": "own.OwnModel"}}
        write_json(folder / "config.json", config)
    return folder


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("texts", "no encoder"),
        ("pickle", "pickle"),
        ("tokenizer", "tokenizer"),
        ("cut", "model.safetensors"),
        ("code", "own.py"),
    ],
)
def test_an_unusable_folder_is_refused_in_a_sentence(page, tmp_path, qtbot, kind, words):
    page.open_with({"folder": broken(tmp_path / "folder", kind)})
    draft = page.controller.draft
    qtbot.waitUntil(lambda: draft.error is not None)
    shown = f"{draft.error.message} {draft.error.hint}"
    assert page.add_view.error.isVisible()
    assert page.add_view.error.text == draft.error.message
    assert words in shown
    assert "Traceback" not in shown
    assert not page.add_view.add_button.isVisible()
    page.add_view.cancel_button.click()
    assert page.stack.currentWidget() is page.view
    assert names(page) == ["starter"]


def test_a_folder_with_code_of_its_own_is_not_added_without_consent(page, look_at, tmp_path, qtbot):
    look_at(write_own_architecture(tmp_path / "own", tmp_path / "mark"))
    view = page.add_view
    assert view.consent.isVisible()
    assert ("modeling_own.py") in dict(view.consent.files.pairs())
    assert not view.add_button.button.isEnabled()
    assert view.add_button.cost.text() == "Its code needs your consent above"
    view.cancel_button.click()
    assert names(page) == ["starter"]
    assert not (tmp_path / "mark").exists()


def test_consent_is_for_the_files_as_they_are(page, look_at, tmp_path, qtbot):
    folder = write_own_architecture(tmp_path / "own", tmp_path / "mark")
    look_at(folder)
    page.add_view.consent.agree.click()
    with qtbot.waitSignal(page.controller.draft.added):
        page.add_view.add_button.button.click()
    qtbot.waitUntil(lambda: page.controller.record.name == "own")
    assert not page.view.consent.isVisible()
    assert "modeling_own.py" in dict(page.view.facts.pairs())["Own code"]
    with (folder / "modeling_own.py").open("a") as file:
        file.write("# changed\n")
    page.controller.reload()
    qtbot.waitUntil(lambda: page.controller.record.needs_consent)
    assert page.view.consent.isVisible()
    page.view.consent.agree.click()
    qtbot.waitUntil(lambda: not page.controller.record.needs_consent)
    assert not page.view.consent.isVisible()
    assert not (tmp_path / "mark").exists()


def test_a_name_that_is_taken_is_told_as_it_is_typed(page, look_at, tmp_path):
    look_at(write_sentence_bert(tmp_path / "starter"))
    view = page.add_view
    assert view.name.text() == "starter 2"
    view.name.setText("starter")
    assert view.name_field.error == "There is an encoder named starter already."
    assert not view.add_button.button.isEnabled()
    view.name.setText(" ")
    assert view.name_field.error == "An encoder needs a name."
    view.name.setText("mine")
    assert view.name_field.error == ""
    assert view.add_button.button.isEnabled()


def test_the_cosine_appears_as_one_types_and_copies_as_code(page, qtbot):
    trial = page.view.try_view
    trial.first.text.setPlainText("a whale")
    trial.second.text.setPlainText("a shark")
    qtbot.waitUntil(lambda: trial.cosine.text().startswith("cosine "))
    starter = page.controller.record
    first, second = HashEncoder(starter).encode(["a whale", "a shark"], role=Role.DOCUMENT)
    assert trial.cosine.text() == f"cosine {float(first @ second):.4f}"
    assert "4 tokens and 4 tokens" in trial.details.text()
    trial.copy_as.menu().actions()[0].trigger()
    python = QGuiApplication.clipboard().text()
    assert "ws.compare('starter', 'a whale', 'a shark')" in python
    trial.second.text.setPlainText(" ")
    assert trial.cosine.text() == ""
    assert trial.details.text() == "Write two texts to see how near they are."
    assert not trial.compare_button.isEnabled()


def test_a_text_that_is_cut_is_told(page, qtbot):
    trial = page.view.try_view
    trial.first.text.setPlainText("word " * 400)
    qtbot.waitUntil(lambda: "The first is cut at 256 tokens" in trial.details.text())


def test_prompts_are_chosen_for_each_text(page, look_at, tmp_path, qtbot):
    look_at(write_sentence_bert(tmp_path / "tiny", prompts={"query": "find: "}))
    with qtbot.waitSignal(page.controller.draft.added):
        page.add_view.add_button.button.click()
    qtbot.waitUntil(lambda: page.controller.record.name == "tiny")
    trial = page.view.try_view
    assert trial.first_prompt.isVisible()
    trial.first_prompt.setCurrentIndex(trial.first_prompt.findData("query"))
    trial.first.text.setPlainText("a whale")
    trial.second.text.setPlainText("a whale")
    qtbot.waitUntil(lambda: trial.cosine.text() != "")
    job = CompareTexts("tiny", "a whale", "a whale", first_prompt_name="query")
    expected = perform(job, page.context.workspace)
    assert trial.cosine.text() == f"cosine {expected['cosine']:.4f}"
    assert expected["cosine"] < 0.999


def test_a_failure_to_encode_stands_below_the_texts(page, qtbot, monkeypatch):
    def fail(record: object, log: object = None) -> None:
        raise MemoryError

    monkeypatch.setattr(pool, "load", fail)
    trial = page.view.try_view
    trial.compare_button.click()
    qtbot.waitUntil(trial.error.isVisible)
    assert "Traceback" not in trial.error.text
    assert trial.cosine.text() == ""


def test_an_encoder_is_renamed_removed_and_put_back(
    page, look_at, tmp_path, qtbot, asker: ScriptedAsker
):
    look_at(write_sentence_bert(tmp_path / "tiny"))
    with qtbot.waitSignal(page.controller.draft.added):
        page.add_view.add_button.button.click()
    qtbot.waitUntil(lambda: names(page) == ["starter", "tiny"])
    asker.answers["Rename the encoder"] = "small"
    page.view.rename_button.click()
    qtbot.waitUntil(lambda: names(page) == ["starter", "small"])
    asker.answers["Delete the encoder"] = False
    page.view.delete_button.click()
    wait_idle(page.context.runner, qtbot)
    assert names(page) == ["starter", "small"]
    asker.answers["Delete the encoder"] = True
    with qtbot.waitSignal(page.context.notices.added) as told:
        page.view.delete_button.click()
    qtbot.waitUntil(lambda: names(page) == ["starter"])
    assert (tmp_path / "tiny" / "model.safetensors").exists()
    told.args[0].action()
    qtbot.waitUntil(lambda: names(page) == ["starter", "small"])


def test_choice_and_texts_are_found_again(page, look_at, tmp_path, qtbot, make_main_window):
    look_at(write_sentence_bert(tmp_path / "tiny"))
    with qtbot.waitSignal(page.controller.draft.added):
        page.add_view.add_button.button.click()
    qtbot.waitUntil(lambda: names(page) == ["starter", "tiny"])
    page.view.try_view.first.text.setPlainText("remember me")
    wait_idle(page.context.runner, qtbot)
    state = page.save_state()
    folder = page.context.workspace.folder
    page.window().close()
    again = make_main_window(folder)
    assert again.current_page().page_id == "encoders"
    shown = again.page("encoders")
    qtbot.waitUntil(lambda: shown.controller.is_read)
    assert shown.save_state()["encoder"] == state["encoder"]
    assert shown.view.title.text() == "tiny"
    assert shown.view.try_view.first.text.toPlainText() == "remember me"


def test_a_read_only_workspace_adds_nothing_and_says_why(page, make_main_window, tmp_path, qtbot):
    second = make_main_window(page.context.workspace.folder)
    second.show_page("encoders")
    other = second.page("encoders")
    qtbot.waitUntil(lambda: other.controller.is_read)
    assert not other.add_button.isEnabled()
    assert "read-only" in other.add_button.toolTip()
    other.open_with({"folder": write_sentence_bert(tmp_path / "tiny")})
    qtbot.waitUntil(lambda: other.controller.draft.record is not None)
    assert not other.add_view.add_button.button.isEnabled()
    assert "read-only" in other.add_view.add_button.cost.text()
