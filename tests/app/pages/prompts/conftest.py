"""A corpus of labelled and judged rows, and the Prompts page on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from animals_making import CLASSES, make_animals
from window_driving import wait_idle

from embedding_lab.workflows.embed_corpus import EmbedCorpus

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from embedding_lab_app.main_window import MainWindow
    from embedding_lab_app.pages.prompts.page import PromptsPage


@pytest.fixture(autouse=True)
def without_engine(no_engine: None) -> None:
    """No test of this folder loads an engine."""


@pytest.fixture
def unembedded(window: MainWindow) -> PromptsPage:
    make_animals(window.context.workspace)
    window.context.announce("corpora")
    window.show_page("prompts")
    return window.page("prompts")


@pytest.fixture
def page(unembedded: PromptsPage, qtbot: QtBot) -> PromptsPage:
    """The page with good words for three of the four labels, and the plainest template."""
    unembedded.context.runner.submit(EmbedCorpus("animals"))
    wait_idle(unembedded.context.runner, qtbot)
    editors = unembedded.bench.editors
    with qtbot.waitSignal(unembedded.zero_shot.previewed):
        editors.classes.rows.show_rows(CLASSES)
        editors.show_templates("{}")
    wait_idle(unembedded.context.runner, qtbot)
    return unembedded
