"""An Encoders page with encoders on both engines and a corpus to prove and measure them on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from encoder_making import write_sentence_bert
from onnx_making import write_onnx
from study_making import make_corpus
from window_driving import wait_idle

from embedding_lab.encoders.store import EncoderStore
from embedding_lab.workspace.corpus import Document

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from embedding_lab_app.main_window import MainWindow
    from embedding_lab_app.pages.encoders.encoder_view import EncoderView
    from embedding_lab_app.pages.encoders.page import EncodersPage

N_ROWS = 40


@pytest.fixture(scope="session")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny random encoder of the full engine."""
    return write_sentence_bert(tmp_path_factory.mktemp("window-bert") / "bert")


@pytest.fixture(scope="session")
def fast(bert: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as an ONNX file that came without a proof."""
    return write_onnx(bert, tmp_path_factory.mktemp("window-fast") / "fast", is_pooled=True)


@pytest.fixture
def page(unloaded: None, window: MainWindow, bert: Path, fast: Path, qtbot: QtBot) -> EncodersPage:
    workspace = window.context.workspace
    documents = [Document(id=str(n), text=f"fruit number {n} " * (n % 5)) for n in range(N_ROWS)]
    make_corpus(workspace, "fruit", documents)
    EncoderStore(workspace).add(bert, "bert")
    EncoderStore(workspace).add(fast, "fast")
    window.show_page("encoders")
    shown = window.page("encoders")
    qtbot.waitUntil(lambda: len(shown.controller.records) == 3)
    wait_idle(window.context.runner, qtbot)
    return shown


@pytest.fixture
def show(page: EncodersPage) -> Callable[[str, str], EncoderView]:
    """Show a part of an encoder by name, as another page would."""

    def show_part(name: str, segment: str) -> EncoderView:
        record = next(item for item in page.controller.records if item.name == name)
        page.open_with({"encoder": record.id, "segment": segment})
        return page.view

    return show_part
