"""The second start finds everything as it was, on whatever screens are there now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QGuiApplication
from study_making import make_corpus
from window_driving import wait_idle

from embedding_lab.workflows.embed_corpus import EmbedCorpus
from embedding_lab.workspace.corpus import Document
from embedding_lab_app.shell.session import Session, bring_onto_screen

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from embedding_lab_app.main_window import MainWindow

pytestmark = pytest.mark.usefixtures("no_engine")

FIRST = [Document(id="w", text="whale"), Document(id="l", text="lion")]
SECOND = [Document(id="r", text="rocket"), Document(id="m", text="moon")]


def test_page_corpus_query_panels_and_size_come_back(
    make_main_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    first = make_main_window()
    context = first.context
    make_corpus(context.workspace, "animals", FIRST)
    second = make_corpus(context.workspace, "space", SECOND)
    context.announce("corpora")
    context.runner.submit(EmbedCorpus("space"))
    wait_idle(context.runner, qtbot)
    context.navigate("corpora", corpus=second.id, segment="rows")
    context.navigate("search", corpus=second.id)
    page = first.page("search")
    page.bar.n_results.setValue(7)
    with qtbot.waitSignal(page.controller.found, timeout=10_000):
        page.bar.query.setText("moon")
    first.toggle_jobs()
    # The invisible screen is 800 pixels wide, and the window never narrower than 848.
    first.resize(848, 700)
    qtbot.wait(20)
    first.close()

    again = make_main_window()
    assert again.current_page().page_id == "search"
    assert (again.width(), again.height()) == (848, 700)
    assert not again.jobs_dock.isHidden()
    page = again.page("search")
    assert (page.bar.query.text(), page.controller.corpus.name) == ("moon", "space")
    assert page.bar.n_results.value() == 7
    qtbot.waitUntil(lambda: bool(page.model.hits), timeout=10_000)
    assert page.model.hits[0].text == "moon"
    again.show_page("corpora")
    assert again.page("corpora").controller.corpus.name == "space"


def test_pages_that_were_not_shown_keep_what_they_remembered(
    make_main_window: Callable[..., MainWindow],
) -> None:
    first = make_main_window()
    corpus = make_corpus(first.context.workspace, "animals", FIRST)
    make_corpus(first.context.workspace, "space", SECOND)
    first.context.navigate("corpora", corpus=corpus.id)
    first.show_page("home")
    first.close()
    second = make_main_window()
    assert list(second._pages) == ["home"]
    second.close()
    third = make_main_window()
    third.show_page("corpora")
    assert third.page("corpora").controller.corpus.name == "animals"


@pytest.mark.parametrize("place", [(9000, 9000), (-4000, 50), (60, -900), (2000, -40)])
def test_a_window_whose_screen_is_gone_comes_back_into_sight(
    make_main_window: Callable[..., MainWindow], place: tuple[int, int], qtbot: QtBot
) -> None:
    first = make_main_window()
    first.move(*place)
    qtbot.wait(20)
    assert not seen_title(first)
    first.close()
    again = make_main_window()
    assert seen_title(again)


def seen_title(window: MainWindow) -> bool:
    """Whether enough of the title is seen to take hold of it."""
    title = QRect(window.frameGeometry().topLeft(), QSize(120, 24))
    seen = title & QGuiApplication.primaryScreen().availableGeometry()
    return seen.width() >= 100 and seen.height() >= 20


def test_a_window_that_can_be_held_stays_where_it_is(window: MainWindow, qtbot: QtBot) -> None:
    # Its right half is beyond the edge of the screen; that may be meant.
    window.move(500, 40)
    bring_onto_screen(window)
    assert window.pos() == QPoint(500, 40)


def test_a_window_larger_than_its_screen_is_fitted_into_it(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.setMinimumSize(400, 300)
    window.resize(5000, 5000)
    bring_onto_screen(window)
    room = QGuiApplication.primaryScreen().availableGeometry()
    assert window.size() == room.size()


def test_on_a_screen_that_is_too_small_the_size_is_left_alone(window: MainWindow) -> None:
    assert QGuiApplication.primaryScreen().availableGeometry().width() < window.minimumWidth()
    window.resize(1200, 700)
    bring_onto_screen(window)
    assert (window.width(), window.height()) == (1200, 700)


def test_a_damaged_memory_is_no_memory(
    make_main_window: Callable[..., MainWindow],
) -> None:
    first = make_main_window()
    session = first._session()
    first.close()
    for name in ("geometry", "docks", "page", "pages/search", "pages/home"):
        session._store.setValue(f"{session._group}/{name}", "{nonsense")
    session._store.sync()
    again = make_main_window()
    assert again.current_page().page_id == "home"
    assert isinstance(again._session(), Session)
    again.show_page("search")
