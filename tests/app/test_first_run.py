"""The first three minutes: a welcome, no question, and two clicks from a file to an answer."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from encoder_making import HashEncoder
from PySide6.QtCore import QMimeData, QPointF, QProcess, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QPushButton
from study_making import make_corpus
from window_driving import wait_idle

from embedding_lab.settings import remember_workspace
from embedding_lab.workflows.embed_corpus import EmbedCorpus
from embedding_lab.workspace.corpus import Document
from embedding_lab.workspace.workspace import create_workspace
from embedding_lab_app.pages.corpora import controller
from embedding_lab_app.pages.home.welcome import PRIVACY
from embedding_lab_app.pages.search import embedding_watch
from embedding_lab_app.widgets.buttons import MenuButton
from embedding_lab_app.widgets.labels import ElidedLabel, Label

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import ScriptedAsker
    from pytestqt.qtbot import QtBot

    from embedding_lab_app.main_window import MainWindow
    from embedding_lab_app.pages.home.welcome import Welcome

pytestmark = pytest.mark.usefixtures("no_engine")

TEXTS = ["a whale in the sea", "the lion sleeps", "rockets fly into space"]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "mine.csv"
    path.write_text("\n".join(["text", *TEXTS]) + "\n")
    return path


@pytest.fixture
def welcome(window: MainWindow) -> Welcome:
    return window.page("home").welcome


def files(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def drop_on(widget: object, data: QMimeData) -> None:
    plain = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton)
    no_keys = Qt.KeyboardModifier.NoModifier
    position = QPointF(40, 40)
    enter = QDragEnterEvent(position.toPoint(), *plain, no_keys)
    widget.dragEnterEvent(enter)
    assert enter.isAccepted()
    widget.dropEvent(QDropEvent(position, *plain, no_keys))


def press(place: object, title: str, qtbot: QtBot) -> None:
    (button,) = [
        item
        for item in place.findChildren(QPushButton)
        if item.text() == title and item.isVisible()
    ]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def hold_embedding(monkeypatch: pytest.MonkeyPatch, *, after: int = 0) -> threading.Event:
    """Let every embedding wait for an event after so many batches."""
    may_go_on, forward = threading.Event(), HashEncoder.forward

    def forward_in_steps(self: HashEncoder, batch: Any, options: Any, **more: bool) -> Any:
        if len(self.batches) >= after and not more.get("is_interactive"):
            may_go_on.wait(20)
        return forward(self, batch, options, **more)

    monkeypatch.setattr(HashEncoder, "forward", forward_in_steps)
    return may_go_on


def test_a_new_person_has_three_choices_and_one_sentence_on_privacy(
    window: MainWindow, welcome: Welcome
) -> None:
    home = window.page("home")
    shown = [b.text() for b in home.findChildren(QPushButton) if b.isVisible()]
    assert shown == ["Choose a file…", "Open the sample", "Take the tour"]
    assert not [b for b in home.findChildren(MenuButton) if b.isVisible()]
    assert welcome.drop_area.isVisible()
    assert welcome.drop_area.height() >= 200
    assert PRIVACY in [label.text() for label in home.findChildren(Label) if label.isVisible()]
    assert window.focusWidget() is welcome.open_button


def test_leaving_the_welcome_leaves_the_keys_with_the_list_of_pages(
    window: MainWindow, welcome: Welcome
) -> None:
    assert window.focusWidget() is welcome.open_button
    window.show_page("prompts")
    assert window.focusWidget() is window.navigation


def test_somebody_who_has_other_workspaces_knows_the_program(
    window: MainWindow, tmp_path: Path
) -> None:
    remember_workspace(str(tmp_path / "Other.embedlab"))
    remember_workspace(str(window.context.workspace.folder))
    window.context.announce("corpora")
    home = window.page("home")
    assert home.stack.currentWidget() is home.usual


def test_from_a_file_to_an_answer_in_two_clicks_and_no_question(
    window: MainWindow, welcome: Welcome, table: Path, asker: ScriptedAsker, qtbot: QtBot
) -> None:
    drop_on(welcome.drop_area, files(table))
    corpora = window.page("corpora")
    assert window.current_page() is corpora
    qtbot.waitUntil(corpora.preview.primary.button.isEnabled, timeout=10_000)
    qtbot.mouseClick(corpora.preview.primary.button, Qt.MouseButton.LeftButton)
    wait_idle(window.context.runner, qtbot)
    for segment in ("rows", "embeddings", "report"):
        corpora.corpus_view.show_segment(segment)
        assert not corpora.corpus_view.embed_button.isVisible()
    press(corpora.banner, "Embed and search", qtbot)
    search = window.page("search")
    assert window.current_page() is search
    assert window.focusWidget() is search.bar.query
    with qtbot.waitSignal(search.controller.found, timeout=20_000):
        qtbot.keyClicks(window.focusWidget(), TEXTS[2])
    wait_idle(window.context.runner, qtbot)
    qtbot.waitUntil(lambda: len(search.model.hits) == len(TEXTS))
    assert search.model.hits[0].text == TEXTS[2]
    assert asker.asked == []
    assert search.stale_banner.text == ""
    window.show_page("home")
    home = window.page("home")
    assert home.stack.currentWidget() is home.usual
    window.show_page("corpora")
    assert corpora.banner.isHidden()
    assert corpora.corpus_view.embed_button.isVisible()


def test_the_button_does_what_a_drop_does(
    window: MainWindow, welcome: Welcome, table: Path, asker: ScriptedAsker, qtbot: QtBot
) -> None:
    asker.answers["Open files of texts or pictures"] = [table]
    qtbot.mouseClick(welcome.open_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(window.page("corpora").preview.primary.button.isEnabled, timeout=10_000)


def test_the_sample_comes_with_one_click(window, welcome, qtbot) -> None:
    qtbot.mouseClick(welcome.sample_button, Qt.MouseButton.LeftButton)
    preview = window.page("corpora").preview
    qtbot.waitUntil(preview.primary.button.isEnabled, timeout=20_000)
    assert "Import" in preview.primary.button.text()


def test_the_tour_starts_without_a_question(window, welcome, asker, qtbot, monkeypatch) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(
        QProcess, "startDetached", lambda program, words: started.append(words) or (True, 1)
    )
    (window.context.workspace.folder.parent / "Tour").mkdir()
    qtbot.mouseClick(welcome.tour_button, Qt.MouseButton.LeftButton)
    folder = window.context.workspace.folder.parent / "Tour-2"
    assert started == [["-m", "embedding_lab_app", "--tour", str(folder)]]
    assert asker.asked == []
    assert str(folder) in window.context.notices.history[-1].text


def test_the_first_rows_answer_while_the_others_are_embedded(
    window: MainWindow, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding_watch, "FIRST_ROWS", 40)
    n_rows = 900
    table = tmp_path / "many.txt"
    table.write_text("\n".join(f"text number {number}" for number in range(n_rows)))
    window.context.drop([table])
    corpora = window.page("corpora")
    qtbot.waitUntil(corpora.preview.primary.button.isEnabled, timeout=10_000)
    corpora.preview.primary.button.click()
    wait_idle(window.context.runner, qtbot)

    is_answered = hold_embedding(monkeypatch, after=1)
    search = window.page("search")
    answers: list[int] = []
    search.controller.found.connect(lambda: answers.append(search.controller.result["n_searched"]))
    press(corpora.banner, "Embed and search", qtbot)
    assert "is being embedded" in search.empty._heading.text()
    assert not [b for b in search.empty.findChildren(QPushButton) if b.isVisible()]
    search.bar.query.setText("text number 7")
    qtbot.waitUntil(lambda: bool(answers), timeout=20_000)
    assert 40 <= answers[0] < n_rows
    assert "the others follow" in search.stale_banner.text
    is_answered.set()
    wait_idle(window.context.runner, qtbot)
    qtbot.waitUntil(lambda: answers[-1] == n_rows, timeout=10_000)
    assert search.stale_banner.text == ""
    assert search.controller.hits[0].text == "text number 7"


def test_large_corpora_are_not_hurried(window: MainWindow, monkeypatch) -> None:
    make_corpus(window.context.workspace, "few", [Document(id="1", text="x"), Document(text="y")])
    window.context.announce("corpora")
    page = window.page("corpora")
    assert page.controller.is_soon_searchable
    monkeypatch.setattr(controller, "SOON_EMBEDDED", 1)
    assert not page.controller.is_soon_searchable


def home_lines(home: Any) -> list[tuple[str, str]]:
    """Return what Home says of each corpus, and the button beside it."""
    lines = []
    for number in range(home._corpora.count()):
        line = home._corpora.itemAt(number).widget()
        steps = [step for step in line.findChildren(QPushButton) if not step.isHidden()]
        buttons = [button.text() for button in steps]
        lines.append((line.findChildren(ElidedLabel)[1].text(), "".join(buttons)))
    return lines


def test_home_and_search_offer_no_second_embedding_while_one_runs(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = window.context
    rows = [Document(id=str(number), text=f"text {number}") for number in range(900)]
    many = make_corpus(context.workspace, "many", rows)
    make_corpus(context.workspace, "few", rows[:2])
    context.announce("corpora")
    home, search = window.page("home"), window.page("search")
    search.controller.want(corpus_id=many.id)
    assert "is not embedded yet" in search.empty._heading.text()
    assert home_lines(home) == [
        ("900 rows · not embedded", "Embed"),
        ("2 rows · not embedded", "Embed"),
    ]
    may_go_on = hold_embedding(monkeypatch)
    context.runner.submit(EmbedCorpus(corpus="many", encoder="starter"))
    run_id = context.runner.submit(EmbedCorpus(corpus="few", encoder="starter"))
    assert home_lines(home) == [
        ("900 rows · being embedded", ""),
        ("2 rows · waits to be embedded", ""),
    ]
    assert search.empty._heading.text() == "many is being embedded"
    listed = window.page("corpora").list.lines
    assert "being embedded" in listed.line(0).facts
    context.runner.cancel(run_id)
    may_go_on.set()
    wait_idle(context.runner, qtbot)
    assert home_lines(home) == [
        ("900 rows · embedded by starter", "Search"),
        ("2 rows · not embedded", "Embed"),
    ]
    assert search.empty._heading.text() == "Search by meaning"
    few = next(corpus for corpus in search.controller.corpora if corpus.name == "few")
    search.controller.want(corpus_id=few.id)
    assert search.empty._heading.text() == "few is not embedded yet"


def test_lines_of_home_are_alike_whatever_their_next_step(
    window: MainWindow, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_corpus(window.context.workspace, "some", [Document(text=text) for text in TEXTS * 30])
    remember_workspace(str(tmp_path / "Other.embedlab"))
    remember_workspace(str(window.context.workspace.folder))
    window.context.announce("corpora")
    home = window.page("home")
    may_go_on = hold_embedding(monkeypatch)

    def places() -> list[tuple[int, int, int]]:
        found = []
        for layout in (home._corpora, home._recent):
            line = layout.itemAt(0).widget()
            qtbot.waitUntil(lambda line=line: line.width() > 300)
            facts = line.findChildren(ElidedLabel)[-1]
            found.append((facts.x(), facts.width(), line.height()))
        return found

    corpus, recent = places()
    assert corpus == recent
    window.context.runner.submit(EmbedCorpus(corpus="some", encoder="starter"))
    assert home_lines(home)[0][1] == ""
    assert places() == [corpus, recent]
    may_go_on.set()
    wait_idle(window.context.runner, qtbot)


def test_home_offers_no_embedding_where_nothing_can_be_written(
    make_main_window: Callable[..., MainWindow], tmp_path: Path
) -> None:
    with create_workspace(tmp_path / "Held.embedlab") as held:
        make_corpus(held, "some", [Document(text=text) for text in TEXTS])
        window = make_main_window(tmp_path / "Held.embedlab")
        assert not window.context.workspace.is_writable
        assert home_lines(window.page("home")) == [("3 rows · not embedded", "")]


def test_what_is_embedded_in_part_is_told_from_what_is_embedded_but_for_empty_rows(
    window: MainWindow, qtbot: QtBot
) -> None:
    context = window.context
    rows = [Document(id=str(number), text=text) for number, text in enumerate([*TEXTS, ""])]
    for name, limit in (("whole", 0), ("part", 2)):
        make_corpus(context.workspace, name, rows)
        context.runner.submit(EmbedCorpus(corpus=name, encoder="starter", limit=limit))
    wait_idle(context.runner, qtbot)
    assert home_lines(window.page("home")) == [
        ("4 rows · embedded by starter", "Search"),
        ("4 rows · 2 embedded by starter", "Search"),
    ]
    listed = window.page("corpora").list.lines
    assert [listed.line(number).facts for number in range(2)] == [
        "4 rows · starter",
        "4 rows · 2 by starter",
    ]
