"""News of versions: silent unless wanted, one quiet notice, nothing downloaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtGui import QDesktopServices
from window_driving import wait_idle

from embedding_lab.errors import HubError
from embedding_lab.hub import updates
from embedding_lab.hub.updates import Announcement
from embedding_lab.settings import Settings, save_settings

if TYPE_CHECKING:
    from embedding_lab_app.main_window import MainWindow

ADDRESS = "http://127.0.0.1:9/newest.json"
NEWER = Announcement("9.0", "https://lab.example/9", is_newer=True)


@pytest.fixture
def asked(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The addresses that were asked; ``window.updates.look.answer`` is the answer."""
    seen: list[Any] = []

    def look(settings: Settings, check: object) -> Announcement:
        seen.append(settings.update_address)
        if isinstance(look.answer, Exception):
            raise look.answer
        return look.answer

    look.answer = NEWER
    monkeypatch.setattr(updates, "look_for_update", look)
    window.updates.look = look
    return seen


def want(window: MainWindow, **changes: Any) -> None:
    values = {"check_for_updates": True, "offline": False, "update_address": ADDRESS} | changes
    window.context.settings = Settings(**values)
    save_settings(window.context.settings)


def last(window: MainWindow) -> str:
    history = window.context.notices.history
    return history[-1].text if history else ""


@pytest.mark.parametrize(
    "changes", [{"check_for_updates": False}, {"offline": True}, {"update_address": " "}]
)
def test_nothing_is_asked_unless_all_three_allow_it(window, asked, qtbot, changes) -> None:
    want(window, **changes)
    window.updates.ask_at_start()
    wait_idle(window.context.runner, qtbot)
    assert asked == []
    assert last(window) == ""


def test_as_it_comes_the_program_asks_nothing(window, asked, qtbot) -> None:
    window.context.settings = Settings()
    window.updates.ask_at_start()
    wait_idle(window.context.runner, qtbot)
    assert asked == []


def test_a_newer_version_is_one_notice_with_a_link(window, asked, qtbot, monkeypatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(
        QDesktopServices, "openUrl", lambda url: opened.append(url.toString()) or True
    )
    want(window)
    window.updates.ask_at_start()
    wait_idle(window.context.runner, qtbot)
    assert asked == [ADDRESS]
    notice = window.context.notices.history[-1]
    assert notice.text.startswith("Embedding Lab 9.0 is out; this is ")
    assert notice.level == "info"
    assert opened == []
    notice.action()
    assert opened == ["https://lab.example/9"]


def test_at_the_start_only_good_news_is_told(window, asked, qtbot) -> None:
    want(window)
    for answer in (Announcement("0.1.0", "", is_newer=False), HubError("no.example is away.")):
        window.updates.look.answer = answer
        window.updates.ask_at_start()
        wait_idle(window.context.runner, qtbot)
        assert last(window) == ""


def test_who_asks_is_always_answered(window, asked, qtbot) -> None:
    want(window)
    window.updates.look.answer = Announcement("0.1.0", "", is_newer=False)
    window.context.actions["help.update"].run()
    wait_idle(window.context.runner, qtbot)
    assert last(window).startswith("This is the newest version")
    window.updates.look.answer = HubError("no.example is away.", hint="Try later.")
    window.context.actions["help.update"].run()
    wait_idle(window.context.runner, qtbot)
    assert last(window) == "no.example is away. Try later."


def test_without_an_address_the_menu_says_that_nothing_was_asked(window, qtbot) -> None:
    window.context.actions["help.update"].run()
    wait_idle(window.context.runner, qtbot)
    assert "No address is known" in last(window)
    assert "nothing was asked" in last(window)
