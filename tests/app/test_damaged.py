"""A workspace in which some records are damaged opens with everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from encoder_making import write_sentence_bert
from study_making import make_corpus, make_vectors
from window_driving import wait_idle

from embedding_lab.encoders.damage import damaged_folders
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.workspace.corpus import Document
from embedding_lab.workspace.workspace import create_workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from embedding_lab_app.main_window import MainWindow

ROWS = [Document(id=text, text=text, label=text) for text in ("whale", "lion")]


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    """A workspace whose power was cut: records of one of each kind hold nothing but zeros."""
    folder = tmp_path / "Study.embedlab"
    with create_workspace(folder) as workspace:
        corpora = [make_corpus(workspace, name, ROWS) for name in ("lost", "kept", "bare")]
        vectors = [make_vectors(workspace, corpus, np.eye(2, 384)) for corpus in corpora[1:]]
        lost = EncoderStore(workspace).add(write_sentence_bert(tmp_path / "bert"), "tiny")
    run = folder / "runs" / "20260101-000000-abcdef"
    run.mkdir(parents=True)
    for record in (
        corpora[0].folder / "corpus.json",
        vectors[1].folder / "meta.json",
        folder / "encoders" / lost.id / "encoder.json",
        run / "job.json",
        run / "state.json",
    ):
        record.write_bytes(bytes(50))
    return folder


@pytest.mark.usefixtures("no_engine")
def test_every_page_shows_what_is_whole(
    make_main_window: Callable[..., MainWindow], damaged: Path, qtbot: QtBot
) -> None:
    window = make_main_window(damaged)
    assert window.context.workspace.is_writable
    for name in ("corpora", "encoders", "search", "prompts", "training", "methods", "home"):
        window.show_page(name)
        wait_idle(window.context.runner, qtbot)
    qtbot.waitUntil(lambda: window.page("encoders").controller.is_read)
    assert [record.name for record in window.page("encoders").controller.records] == ["starter"]
    names = [corpus.name for corpus in window.page("prompts").choices.corpora]
    assert names == ["kept", "bare"]
    kept = window.context.workspace.corpus("kept")
    assert [item.meta.corpus_id for item in window.context.workspace.vector_sets()] == [kept.id]


@pytest.mark.usefixtures("no_engine")
def test_what_is_left_out_is_told_once_with_a_way_out(
    make_main_window: Callable[..., MainWindow], damaged: Path, qtbot: QtBot
) -> None:
    context = make_main_window(damaged).context
    wait_idle(context.runner, qtbot)
    (notice,) = context.notices.history
    for folder in damaged_folders(context.workspace):
        assert folder.relative_to(damaged).as_posix() in notice.text
    assert "Put them back from a backup of your own, or remove them" in notice.text
    asked: list[str] = []
    context.manual_requested.disconnect()
    context.manual_requested.connect(asked.append)
    assert notice.action is not None
    notice.action()
    assert asked == ["troubleshooting"]
    # Changes of the workspace tell nothing again; opening a sound one has nothing to tell.
    context.announce("corpora", "embeddings", "encoders")
    create_workspace(damaged.with_name("Sound.embedlab")).close()
    context.workspace_requested.emit(damaged.with_name("Sound.embedlab"))
    wait_idle(context.runner, qtbot)
    assert context.notices.history == [notice]


@pytest.mark.usefixtures("no_engine")
def test_many_that_are_left_out_are_counted(
    make_main_window: Callable[..., MainWindow], damaged: Path, qtbot: QtBot
) -> None:
    for number in range(4):
        folder = damaged / "encoders" / f"z{number}"
        folder.mkdir()
        (folder / "encoder.json").write_bytes(bytes(50))
    context = make_main_window(damaged).context
    wait_idle(context.runner, qtbot)
    (notice,) = context.notices.history
    assert " and 4 more are damaged, and every list leaves them out." in notice.text


@pytest.mark.usefixtures("no_engine")
def test_a_single_one_is_named_alone(
    make_main_window: Callable[..., MainWindow], tmp_path: Path, qtbot: QtBot
) -> None:
    with create_workspace(tmp_path / "One.embedlab") as workspace:
        corpus = make_corpus(workspace, "lost", ROWS)
    (corpus.folder / "corpus.json").write_bytes(bytes(50))
    context = make_main_window(workspace.folder).context
    wait_idle(context.runner, qtbot)
    (notice,) = context.notices.history
    assert notice.text.startswith(f"The record in corpora/{corpus.id} is damaged, and every list ")
