"""A corpus of pairs, and the Training page on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from encoder_making import HashEncoder
from study_making import make_corpus
from window_driving import wait_idle

from embedding_lab.encoders import pool
from embedding_lab.workspace.corpus import Document

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from embedding_lab_app.main_window import MainWindow
    from embedding_lab_app.pages.training.mining.mining_view import MiningView

N = 40


@pytest.fixture(autouse=True)
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "load", lambda record, log=None: HashEncoder(record))


@pytest.fixture
def view(window: MainWindow, qtbot: QtBot) -> MiningView:
    """The part of the page that mines, with a corpus of questions and answers chosen."""
    documents = [Document(text=f"answer {i}", extra={"ask": f"question {i}"}) for i in range(N)]
    make_corpus(window.context.workspace, "pairs", documents, roles={"ask": "query"})
    window.context.announce("corpora")
    window.show_page("training")
    found = window.page("training").mining
    qtbot.waitUntil(found.form.button.button.isEnabled)
    wait_idle(window.context.runner, qtbot)
    return found


@pytest.fixture
def mined(view: MiningView, window: MainWindow, qtbot: QtBot) -> MiningView:
    """The same after negatives have been mined."""
    with qtbot.waitSignal(view.controller.read, timeout=20_000):
        view.form.button.button.click()
    wait_idle(window.context.runner, qtbot)
    return view
