"""The look: readable in both themes, and one place for every colour."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import embedding_lab_app
from embedding_lab import resources
from embedding_lab_app.theme import DARK, LIGHT, Theme, Tokens, contrast, token_names

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from embedding_lab_app.main_window import MainWindow

GROUNDS = ("background", "surface", "raised", "selection")
INKS = ("text", "muted", "accent", "success", "warning", "danger")


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_text_reads_on_every_ground(tokens: Tokens) -> None:
    weak = {
        (ink, ground): round(ratio, 2)
        for ink, ground in product(INKS, GROUNDS)
        if (ratio := contrast(getattr(tokens, ink), getattr(tokens, ground))) < 4.5
        # Nothing but body text is ever written on a selection.
        and not (ground == "selection" and ink != "text")
    }
    assert weak == {}
    assert contrast(tokens.on_accent, tokens.accent) >= 4.5
    assert contrast(tokens.text, tokens.highlight) >= 4.5
    assert contrast(tokens.control_border, tokens.surface) >= 3


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_no_colour_is_named_outside_the_theme() -> None:
    package = Path(embedding_lab_app.__file__).parent
    found = {
        f"{file.name}: {match}"
        for file in package.rglob("*.py")
        if file.name != "theme.py"
        for match in re.findall(r"#[0-9a-fA-F]{6}\b", file.read_text())
    }
    sheet = resources.path("style/window.qss").read_text()
    assert found == set()
    assert re.findall(r"#[0-9a-fA-F]{3,6}\b", sheet) == []


def test_the_style_sheet_uses_only_tokens_that_exist() -> None:
    sheet = resources.path("style/window.qss").read_text()
    names = set(re.findall(r"\$([a-z_]+)", sheet))
    assert names <= {*token_names(), "name", "icons"}


def test_changing_the_theme_tells_everybody_at_once(theme: Theme) -> None:
    told: list[str] = []
    theme.changed.connect(lambda: told.append(theme.tokens.name))
    theme.choose("dark")
    theme.choose("light")
    assert told == ["dark", "light"]
    assert LIGHT.surface in theme.style_sheet


def test_every_window_dresses_itself_and_the_application_stays_bare(
    qapp: QApplication, theme: Theme, window: MainWindow
) -> None:
    assert qapp.styleSheet() == ""
    assert window.styleSheet() == theme.style_sheet
    theme.choose("dark")
    assert window.styleSheet() == theme.style_sheet
    assert DARK.surface in window.styleSheet()
