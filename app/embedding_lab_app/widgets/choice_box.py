"""A list to choose one thing from, each with a title that is seen and a value that is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox

if TYPE_CHECKING:
    from collections.abc import Iterable

LEAST_LETTERS = 5


class ChoiceBox(QComboBox):
    """Takes as much room as there is; a long title does not ask for more.

    Parameters
    ----------
    least_letters : int
        How many letters of a title are seen at least.
    """

    def __init__(self, least_letters: int = LEAST_LETTERS) -> None:
        super().__init__()
        self.setMinimumContentsLength(least_letters)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    @property
    def chosen(self) -> str:
        """The value that is chosen; empty for none."""
        return str(self.currentData() or "")

    def offer(self, choices: Iterable[tuple[str, str]]) -> None:
        """Offer other titles and values without telling anybody.

        What was chosen stays chosen where it is still there, else the first is.
        """
        before = self.chosen
        blocked = self.blockSignals(True)
        self.clear()
        for title, value in choices:
            self.addItem(title, value)
        self.setCurrentIndex(max(0, self.findData(before)) if self.count() else -1)
        self.blockSignals(blocked)

    def choose(self, value: str) -> None:
        """Choose a value without telling anybody; one that is not offered chooses nothing."""
        blocked = self.blockSignals(True)
        self.setCurrentIndex(self.findData(value))
        self.blockSignals(blocked)
