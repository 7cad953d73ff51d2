"""What a screen reader says: every control and every figure has a name that tells it apart."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QComboBox, QWidget
from window_states import STATES, controls, figures

from embedding_lab_app.widgets.labels import Label

if TYPE_CHECKING:
    from embedding_lab_app.main_window import MainWindow
    from embedding_lab_app.plots.figure import Figure

CLASS_NAME = re.compile(r"Q?[A-Z]\w*[a-z][A-Z]\w+|Q[A-Z]\w+")


def said(widget: QWidget, kind: QAccessible.Text = QAccessible.Text.Name) -> str:
    """Return what the interface for screen readers tells of a widget."""
    interface = QAccessible.queryAccessibleInterface(widget)
    assert interface is not None, f"{widget!r} is unknown to screen readers"
    if isinstance(widget, QComboBox) and kind is QAccessible.Text.Name:
        # Here Qt gives what is chosen as the name, and leaves the rest to the label's relation.
        return widget.accessibleName()
    return interface.text(kind).strip()


def shown(widget: QWidget) -> str:
    return f"{type(widget).__name__} {said(widget)!r} {widget.objectName()}".strip()


@pytest.mark.parametrize("state", STATES)
def test_every_control_and_figure_says_what_it_is_and_no_two_say_the_same(
    furnished: MainWindow, state: str, qtbot, asker
) -> None:
    root = STATES[state](furnished, qtbot, asker)
    found = controls(root)
    assert found
    nameless = [shown(widget) for widget in found if not said(widget)]
    technical = [shown(widget) for widget in found if CLASS_NAME.fullmatch(said(widget))]
    told = Counter(said(widget) for widget in found)
    twice = [shown(widget) for widget in found if told[said(widget)] > 1]
    problems = [
        f"{what}: {', '.join(which)}"
        for what, which in (("no name", nameless), ("technical", technical), ("said twice", twice))
        if which
    ]
    assert not problems, "\n".join(problems)
    for figure in figures(root):
        assert_figure_is_told(figure)
    if root is furnished:
        # A screen of 1280 by 800 on which everything is half as large again.
        furnished.resize(853, 533)
        qtbot.wait(30)
        assert (furnished.width(), furnished.height()) == (853, 533)
        assert cut(root) == []


def cut(root: QWidget) -> list[str]:
    """Return the buttons and labels whose words do not fit."""
    found = []
    for widget in root.findChildren(QWidget):
        if not widget.isVisible():
            continue
        if isinstance(widget, QAbstractButton) and widget.text():
            is_cut = widget.width() < widget.minimumSizeHint().width() - 1
        elif type(widget) is Label and widget.text():
            wraps, needed = widget.wordWrap(), widget.sizeHint().width()
            is_cut = (
                widget.height() < widget.heightForWidth(widget.width()) - 1
                if wraps
                else (widget.width() < needed - 1)
            )
        else:
            continue
        if is_cut:
            found.append(f"{type(widget).__name__} {widget.text()!r}")
    return found


def assert_figure_is_told(figure: Figure) -> None:
    """A figure has a name and a description, and a table beside it."""
    described = said(figure, QAccessible.Text.Description)
    assert said(figure) == figure.title != ""
    assert len(described.split()) >= 4, figure.title
    assert figure.table.model().columnCount() > 0
    assert figure.table_button.isVisible()
    if figure.model.rowCount():
        assert f"{figure.model.rowCount():,} row" in described
