"""Driving the Search page as a user would."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from embedding_lab_app.pages.search.page import SearchPage


def search(page: SearchPage, qtbot: QtBot, text: str) -> list[str]:
    """Type a query and return the ids of what is found."""
    with qtbot.waitSignal(page.controller.found):
        page.bar.query.setText(text)
    return ids(page)


def ids(page: SearchPage) -> list[str]:
    """Return the ids of the results that are shown."""
    return [hit.id for hit in page.model.hits]
