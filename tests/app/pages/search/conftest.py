"""A small corpus, and the Search page on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from study_making import make_corpus
from window_driving import wait_idle

from embedding_lab.workflows.embed_corpus import EmbedCorpus
from embedding_lab.workspace.corpus import Document

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from embedding_lab_app.main_window import MainWindow
    from embedding_lab_app.pages.search.page import SearchPage

DOCUMENTS = [
    Document(id="w1", text="whale", label="sea", extra={"year": 1851}),
    Document(id="w2", text="shark", label="sea", extra={"year": 1975}),
    Document(id="l1", text="lion", title="The king", label='land "dry"'),
    Document(id="e1", text=""),
    Document(id="w3", text="whale", label="sea", extra={"year": 2003}),
]

QUERIES = {"q1": "whale", "q2": "lion"}


@pytest.fixture
def unembedded(window: MainWindow) -> SearchPage:
    """The page on a corpus without vectors."""
    make_corpus(window.context.workspace, "animals", DOCUMENTS, QUERIES)
    window.context.announce("corpora")
    window.show_page("search")
    return window.page("search")


@pytest.fixture
def page(unembedded: SearchPage, qtbot: QtBot) -> SearchPage:
    """The page on the same corpus, embedded."""
    unembedded.context.runner.submit(EmbedCorpus("animals"))
    wait_idle(unembedded.context.runner, qtbot)
    qtbot.waitUntil(lambda: bool(unembedded.controller.encoders))
    return unembedded
