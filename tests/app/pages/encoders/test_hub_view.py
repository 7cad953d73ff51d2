"""Encoders from a hub as a user meets them: offline first, looked up, downloaded, refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from encoder_making import write_sentence_bert
from hub_server import StandInHub
from PySide6.QtCore import Qt
from window_driving import wait_idle

from embedding_lab.hub import client

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from embedding_lab_app.main_window import MainWindow
    from embedding_lab_app.pages.encoders.hub_view import HubView
    from embedding_lab_app.pages.encoders.page import EncodersPage


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandInHub]:
    monkeypatch.setattr(client, "FIRST_PAUSE_S", 0.01)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    with StandInHub() as served:
        served.add("org/tiny", write_sentence_bert(tmp_path / "source"))
        yield served


@pytest.fixture
def page(window: MainWindow, hub: StandInHub, qtbot: QtBot) -> EncodersPage:
    window.context.settings.hub_endpoint = hub.endpoint
    window.context.save_settings()
    window.context.actions["encoder.add-hub"].run()
    shown = window.page("encoders")
    qtbot.waitUntil(lambda: shown.controller.is_read)
    return shown


def ask(view: HubView, qtbot: QtBot, text: str) -> None:
    view.query.setText(text)
    qtbot.keyClick(view.query, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not view._draft.is_asking)


def test_nothing_is_asked_while_the_program_is_offline(page, hub, qtbot):
    view = page.hub_view
    assert page.stack.currentWidget() is view
    assert view.banner.text == "Embedding Lab is offline."
    view.query.setText("org/tiny")
    qtbot.keyClick(view.query, Qt.Key.Key_Return)
    assert not view.ask_button.isEnabled()
    assert not view._draft.is_asking
    assert hub.requests == []


def test_an_encoder_is_looked_up_downloaded_and_shown(page, hub, qtbot, window):
    view, draft = page.hub_view, page.controller.hub
    draft.allow()
    ask(view, qtbot, "org/tiny")
    assert view.fetch_button.button.text().startswith("Download ")
    assert view.files.rowCount() == len(hub.repositories["org/tiny"].files)
    assert not any("safetensors" in request.path for request in hub.requests)
    assert view.name.text() == "tiny"
    qtbot.mouseClick(view.fetch_button.button, Qt.MouseButton.LeftButton)
    wait_idle(window.context.runner, qtbot)
    qtbot.waitUntil(lambda: page.controller.record is not None)
    qtbot.waitUntil(lambda: page.controller.record.name == "tiny")
    assert page.stack.currentWidget() is page.view
    assert window.context.settings.offline
    assert draft.is_offline


def test_words_are_searched_for_and_a_match_is_looked_up(page, qtbot):
    view = page.hub_view
    page.controller.hub.allow()
    view.query.setText("tiny")
    assert view.ask_button.text() == "Search"
    ask(view, qtbot, "tiny")
    assert view.matches.rowCount() == 1
    assert view.status.text() == "1 encoder found."
    view.matches_table.activated.emit(view.matches.index(0, 0))
    qtbot.waitUntil(lambda: page.controller.hub.found is not None)
    assert page.controller.hub.found["id"] == "org/tiny"


@pytest.mark.parametrize("name", ["org/nothing", "org/tiny@nowhere"])
def test_what_the_hub_does_not_have_is_said(page, qtbot, name):
    page.controller.hub.allow()
    ask(page.hub_view, qtbot, name)
    assert page.controller.hub.found is None
    assert page.hub_view.error.text
    assert not page.hub_view.fetch_button.isVisible()


def test_a_taken_name_is_said_before_anything_is_downloaded(page, qtbot):
    page.controller.hub.allow()
    ask(page.hub_view, qtbot, "org/tiny")
    page.hub_view.name.setText("starter")
    assert "already" in page.hub_view.name_field.error
    assert not page.hub_view.fetch_button.button.isEnabled()


def test_closing_goes_back_to_the_encoders(page, qtbot):
    qtbot.mouseClick(page.hub_view.close_button, Qt.MouseButton.LeftButton)
    assert page.stack.currentWidget() is page.view


def test_a_download_is_deleted_after_a_question(page, qtbot, window, asker):
    view, draft = page.hub_view, page.controller.hub
    assert not view.downloads_card.delete_button.isVisible()
    draft.allow()
    ask(view, qtbot, "org/tiny")
    draft.fetch("tiny")
    wait_idle(window.context.runner, qtbot)
    window.context.actions["encoder.add-hub"].run()
    card = view.downloads_card
    qtbot.waitUntil(lambda: card.model.rowCount() == 1)
    assert card.model.index(0, 0).data() == "org/tiny"
    assert card.model.index(0, 3).data() == "tiny"
    assert not card.delete_button.isEnabled()
    card.table.selectRow(0)
    asker.answers["Delete the download"] = False
    qtbot.mouseClick(card.delete_button, Qt.MouseButton.LeftButton)
    assert asker.asked[-1] == "Delete the download"
    wait_idle(window.context.runner, qtbot)
    assert card.model.rowCount() == 1
    asker.answers["Delete the download"] = True
    qtbot.mouseClick(card.delete_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: card.model.rowCount() == 0)
    wait_idle(window.context.runner, qtbot)
    record = next(item for item in page.controller.records if item.name == "tiny")
    assert "is missing" in record.warnings[0]


def test_a_download_that_cannot_be_deleted_is_said(page, qtbot, window):
    page.controller.hub.downloads.delete({"repository": "org/gone", "n_bytes": 1, "encoders": []})
    with qtbot.waitSignal(window.context.notices.added) as said:
        wait_idle(window.context.runner, qtbot)
    assert "Nothing was downloaded of org/gone" in said.args[0].text
