"""The manual: its links lead somewhere, and its pictures fit the page and the theme."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QColor, QImage, QTextDocument

from embedding_lab import resources
from embedding_lab_app.shell.manual_browser import ManualBrowser
from embedding_lab_app.shell.manual_viewer import manual_pages

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from embedding_lab_app.theme import Theme

PAGES = sorted(path.name for path in resources.path("manual").glob("*.md"))
IMAGE = QTextDocument.ResourceType.ImageResource.value


@pytest.mark.parametrize("name", PAGES)
def test_links_and_pictures_of_a_page_are_there(name: str) -> None:
    folder = resources.path("manual")
    text = (folder / name).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", text):
        assert (folder / target).is_file(), f"{name} points to {target}"
        if "-light." in target:
            assert (folder / target.replace("-light.", "-dark.")).is_file()


def test_every_page_has_a_title_and_a_place(qtbot: QtBot) -> None:
    assert set(manual_pages()) == {name.removesuffix(".md") for name in PAGES}
    for path in manual_pages().values():
        assert path.read_text(encoding="utf-8").startswith("# ")


def test_pictures_follow_the_theme_and_the_width(
    qtbot: QtBot, theme: Theme, tmp_path: Path
) -> None:
    for variant, colour in (("light", "white"), ("dark", "black")):
        image = QImage(1280, 800, QImage.Format.Format_RGB32)
        image.fill(QColor(colour))
        image.save(str(tmp_path / f"page-{variant}.png"))
    page = tmp_path / "page.md"
    page.write_text("# Page\n\n![A page](page-light.png)\n")
    browser = ManualBrowser(theme)
    qtbot.addWidget(browser)
    browser.resize(600, 400)
    browser.show()
    browser.show_file(page)
    shown = browser.loadResource(IMAGE, QUrl("page-light.png"))
    assert isinstance(shown, QImage)
    assert 240 <= shown.width() < 600
    assert shown.pixelColor(5, 5) == QColor("white")
    theme.choose("dark")
    dark = browser.loadResource(IMAGE, QUrl("page-light.png"))
    assert isinstance(dark, QImage)
    assert dark.pixelColor(5, 5) == QColor("black")
    assert browser.toPlainText().startswith("Page")
