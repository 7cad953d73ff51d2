"""The look: readable in both themes, and one place for every colour."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtGui import QPalette

import embedding_lab_app
from embedding_lab import resources
from embedding_lab_app.theme import (
    CATEGORIES,
    DARK,
    LIGHT,
    Theme,
    Tokens,
    contrast,
    ink_on,
    token_names,
)

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


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_muted_and_telling_texts_read_on_a_selected_line(tokens: Tokens) -> None:
    # Lists write facts and states below the name, on the selected line too.
    for ink in ("muted", "danger", "warning", "success", "accent"):
        assert contrast(getattr(tokens, ink), tokens.selection) >= 4.5, ink


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_edges_of_controls_and_the_ring_of_the_focus_are_seen(tokens: Tokens) -> None:
    for ground in ("background", "surface", "raised"):
        for line in ("control_border", "accent"):
            assert contrast(getattr(tokens, line), getattr(tokens, ground)) >= 3, (line, ground)
    # The ring of a primary button lies between its own colour and the ground around it.
    assert contrast(tokens.text, tokens.background) >= 3
    assert contrast(tokens.text, tokens.surface) >= 3


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_categories_of_plots_stand_out_from_their_ground_and_from_each_other(
    tokens: Tokens,
) -> None:
    colours = CATEGORIES[tokens.name]
    assert len(set(colours)) == len(colours) >= 6
    for colour in colours:
        assert contrast(colour, tokens.surface) >= 3, colour
        assert contrast(colour, tokens.background) >= 2.75, colour


def test_figures_read_on_every_colour_of_a_sequence() -> None:
    import pyqtgraph as pg

    table = pg.colormap.get("viridis").map(np.linspace(0, 1, 256), mode="byte")
    for red, green, blue, _ in table:
        ground = f"#{red:02x}{green:02x}{blue:02x}"
        assert contrast(ink_on(ground), ground) >= 4.5


def test_what_is_disabled_can_still_be_read(theme: Theme, qapp: QApplication) -> None:
    for choice in ("light", "dark"):
        theme.choose(choice)
        tokens, palette = theme.tokens, qapp.palette()
        shown = palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.ButtonText).name()
        assert contrast(shown, tokens.background) >= 4.5
        sheet = theme.style_sheet
        assert f"color: {tokens.muted}; background: {tokens.background}" in sheet


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
