"""Driving the Prompts page as a user would."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPushButton, QWidget
from window_driving import wait_idle

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from embedding_lab_app.pages.prompts.page import PromptsPage


def click(place: QWidget) -> None:
    """Press the first button that is shown there."""
    next(button for button in place.findChildren(QPushButton) if button.isVisible()).click()


def whole_test(page: PromptsPage, qtbot: QtBot) -> dict:
    with qtbot.waitSignal(page.zero_shot.tested, timeout=20_000):
        page.acts.test_button.click()
    wait_idle(page.context.runner, qtbot)
    return page.zero_shot.outcome.result


def save(page: PromptsPage, qtbot: QtBot, asker, name: str) -> None:
    whole_test(page, qtbot)
    asker.answers["Save the test"] = name
    page.acts.save_button.click()


def previewed(page: PromptsPage, qtbot: QtBot, templates: str) -> dict:
    with qtbot.waitSignal(page.zero_shot.previewed):
        page.bench.editors.show_templates(templates)
    wait_idle(page.context.runner, qtbot)
    return page.zero_shot.outcome.result
