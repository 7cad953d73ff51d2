"""A row of buttons of which exactly one is chosen: the parts of a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QToolButton, QWidget

from embedding_lab_app.widgets.layout import row

if TYPE_CHECKING:
    from collections.abc import Mapping


class Segments(QWidget):
    """Shows titles by their names. ``chosen`` carries the name somebody chose."""

    chosen = Signal(str)

    def __init__(self, name: str, titles: Mapping[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._group = QButtonGroup(self)
        self.buttons: dict[str, QToolButton] = {}
        layout = row(spacing=4)
        for key, title in titles.items():
            button = QToolButton()
            button.setText(title)
            # What it is a part of tells it from a control of the same title on the page.
            button.setAccessibleName(f"{name}: {title}")
            button.setCheckable(True)
            button.setProperty("kind", "segment")
            self._group.addButton(button)
            self.buttons[key] = button
            layout.addWidget(button)
        self.setLayout(layout)
        next(iter(self.buttons.values())).setChecked(True)
        self._group.buttonClicked.connect(self._on_button_clicked)
        self._keep_one_stop()

    @property
    def current(self) -> str:
        """The name of the chosen part."""
        return next(key for key, button in self.buttons.items() if button.isChecked())

    def choose(self, key: str) -> None:
        """Choose a part, as a click does; an unknown one is ignored."""
        if key in self.buttons:
            self.buttons[key].setChecked(True)
            self._keep_one_stop()
            self.chosen.emit(key)

    def _keep_one_stop(self) -> None:
        """Let Tab stop at the chosen part; the arrow keys go on from there, as Qt does it."""
        for button in self.buttons.values():
            stops = button.isChecked()
            button.setFocusPolicy(
                Qt.FocusPolicy.StrongFocus if stops else Qt.FocusPolicy.ClickFocus
            )

    def _on_button_clicked(self, _button: object) -> None:
        self._keep_one_stop()
        self.chosen.emit(self.current)
