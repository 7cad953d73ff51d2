"""Rows and columns on the 4-pixel grid, without the ceremony."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLayout, QVBoxLayout, QWidget

if TYPE_CHECKING:
    from collections.abc import Iterable

Item = QWidget | QLayout | int | None


def row(
    *items: Item, spacing: int = 8, margins: int | tuple[int, int, int, int] = 0
) -> QHBoxLayout:
    """Return a horizontal layout; ``None`` stands for stretch, a number for that many pixels."""
    layout = QHBoxLayout()
    _fill(layout, items, spacing, margins)
    return layout


def column(
    *items: Item, spacing: int = 8, margins: int | tuple[int, int, int, int] = 0
) -> QVBoxLayout:
    """Return a vertical layout; ``None`` stands for stretch, a number for that many pixels."""
    layout = QVBoxLayout()
    _fill(layout, items, spacing, margins)
    return layout


def boxed(layout: QLayout, parent: QWidget | None = None) -> QWidget:
    """Return a bare widget that holds ``layout``."""
    widget = QWidget(parent)
    widget.setLayout(layout)
    return widget


def _fill(
    layout: QBoxLayout,
    items: Iterable[Item],
    spacing: int,
    margins: int | tuple[int, int, int, int],
) -> None:
    layout.setSpacing(spacing)
    left, top, right, bottom = (margins,) * 4 if isinstance(margins, int) else margins
    layout.setContentsMargins(left, top, right, bottom)
    for item in items:
        if item is None:
            layout.addStretch(1)
        elif isinstance(item, int):
            layout.addSpacing(item)
        elif isinstance(item, QLayout):
            layout.addLayout(item)
        else:
            layout.addWidget(item)
