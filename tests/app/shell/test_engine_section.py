"""The graphics card in the settings, with machines that a test makes up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from engine_making import StandInIndex, engine_wheels
from window_driving import wait_idle

from embedding_lab.engine.advice import advise
from embedding_lab.engine.cards import Card, Machine
from embedding_lab.engine.folders import current_engine
from embedding_lab.engine.present import PresentTorch
from embedding_lab.engine.state import engine_state
from embedding_lab_app.notices import Notices
from embedding_lab_app.shell import workspace_events
from embedding_lab_app.shell.engine_control import REMOVE
from embedding_lab_app.shell.settings_dialog import SettingsDialog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytestqt.qtbot import QtBot

    from embedding_lab_app.main_window import MainWindow

    Open = Callable[[Machine], SettingsDialog]

CARD = Machine("linux", "x86_64", "580.65.06", (Card("NVIDIA", "RTX 4090", 24576, "8.9"),))


@pytest.fixture
def served(window: MainWindow) -> Iterator[StandInIndex]:
    """An index on this machine, which the settings name; the user is online."""
    with StandInIndex(engine_wheels()) as made:
        window.context.settings.offline = False
        window.context.settings.engine_index = made.address
        window.context.save_settings()
        yield made


@pytest.fixture
def open_settings(window: MainWindow, qtbot: QtBot) -> Iterator[Open]:
    """Open the settings on a machine."""
    made: list[SettingsDialog] = []

    def make(machine: Machine) -> SettingsDialog:
        dialog = SettingsDialog(window.context, window, lambda: engine_state(lambda: machine))
        made.append(dialog)
        dialog.show()
        qtbot.waitUntil(lambda: dialog.engine.state is not None)
        wait_idle(window.context.runner, qtbot)
        return dialog

    yield make
    for dialog in made:
        dialog.close()
        wait_idle(window.context.runner, qtbot)
        dialog.deleteLater()


def test_without_a_card_there_is_advice_and_nothing_to_press(open_settings: Open) -> None:
    section = open_settings(Machine()).engine_section
    assert section.cards.text() == "None found"
    assert section.advice.text().startswith("No graphics card was found")
    assert section.act.isHidden()
    assert section.remove_button.isHidden()
    assert section.work.isHidden()


def test_a_card_with_an_old_driver_is_named_with_the_driver_it_needs(open_settings: Open) -> None:
    old = Machine("linux", "x86_64", "470.82", (Card("NVIDIA", "RTX 2080", 8192, "7.5"),))
    section = open_settings(old).engine_section
    assert section.cards.text() == "RTX 2080 · driver 470.82"
    assert "525.60.13 or newer" in section.advice.text()
    assert section.act.isHidden()


def test_offline_the_network_is_allowed_here_first(
    open_settings: Open, served: StandInIndex, window: MainWindow, qtbot: QtBot
) -> None:
    window.context.settings.offline = True
    window.context.save_settings()
    section = open_settings(CARD).engine_section
    assert section.act.button.text() == "Allow the network here"
    section.act.button.click()
    assert section.act.button.text() == "Look up its size"
    section.act.button.click()
    qtbot.waitUntil(lambda: section.act.button.text() == "Install")
    assert window.context.settings.offline


def test_an_engine_is_looked_up_installed_and_removed(
    open_settings: Open, served: StandInIndex, window: MainWindow, qtbot: QtBot, asker: Any
) -> None:
    dialog = open_settings(CARD)
    section = dialog.engine_section
    section.act.button.click()
    assert not section.act.button.isEnabled()
    qtbot.waitUntil(lambda: section.act.button.text() == "Install")
    assert section.act.cost.text().startswith("downloads 0.1 MB, takes about 0.3 MB")
    assert served.fetched() == []
    section.act.button.click()
    assert not section.work.isHidden()
    assert section.act.isHidden()
    qtbot.waitUntil(lambda: current_engine() is not None, timeout=20_000)
    qtbot.waitUntil(lambda: "takes effect at the next start" in section.advice.text())
    assert section.work.isHidden()
    asker.answers[REMOVE] = False
    section.remove_button.click()
    assert current_engine() is not None
    asker.answers[REMOVE] = True
    section.remove_button.click()
    qtbot.waitUntil(lambda: section.remove_button.isHidden() and section.work.isHidden())
    assert current_engine() is None
    wait_idle(window.context.runner, qtbot)


def test_a_failed_installation_says_why_and_can_be_tried_again(
    open_settings: Open, served: StandInIndex, qtbot: QtBot
) -> None:
    section = open_settings(CARD).engine_section
    section.act.button.click()
    qtbot.waitUntil(lambda: section.act.button.text() == "Install")
    served.faults.corrupt = set(served.wheels)
    section.act.button.click()
    qtbot.waitUntil(lambda: not section.error.isHidden(), timeout=20_000)
    assert "has another checksum than announced" in section.error.text()
    assert section.act.button.text() == "Install"
    served.faults.corrupt = set()
    section.act.button.click()
    assert section.error.isHidden()
    qtbot.waitUntil(lambda: current_engine() is not None, timeout=20_000)


def test_closing_the_settings_does_not_stop_it_and_opening_them_shows_it_again(
    open_settings: Open, served: StandInIndex, window: MainWindow, qtbot: QtBot
) -> None:
    first = open_settings(CARD)
    first.engine_section.act.button.click()
    qtbot.waitUntil(lambda: first.engine_section.act.button.text() == "Install")
    served.faults.pause_s = 0.3
    first.engine_section.act.button.click()
    qtbot.waitUntil(lambda: first.engine.entry is not None)
    first.close()
    second = SettingsDialog(window.context, window, lambda: engine_state(lambda: CARD))
    second.show()
    assert second.engine.entry is not None
    second.engine_section.cancel_button.click()
    qtbot.waitUntil(lambda: second.engine.entry is None, timeout=20_000)
    assert current_engine() is None
    second.close()
    wait_idle(window.context.runner, qtbot)
    second.deleteLater()


def test_the_search_box_finds_it(open_settings: Open) -> None:
    dialog = open_settings(Machine())
    search = dialog.search
    search.setText("cuda")
    assert dialog.engine_section.isVisible()
    search.setText("theme")
    assert not dialog.engine_section.isVisible()


def test_the_advice_is_the_cores(open_settings: Open) -> None:
    told = open_settings(CARD).engine_section.advice.text()
    assert told == advise(CARD, PresentTorch("2.13.0+cpu", "cpu", "")).sentence


def test_an_engine_that_is_not_used_is_told_when_the_window_opens(
    make_main_window: Callable[..., MainWindow], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(workspace_events, "problem_at_start", lambda: "It is damaged.")
    monkeypatch.setattr(Notices, "add", lambda _, notice: told.append(notice.text))
    make_main_window()
    assert told == ["It is damaged."]
