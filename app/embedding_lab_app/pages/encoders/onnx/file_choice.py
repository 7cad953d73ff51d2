"""Choosing an ONNX file: one of an encoder, or any that was chosen or dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox

from embedding_lab_app.pages.encoders.onnx.proof_words import onnx_path

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from embedding_lab.encoders.record import EncoderRecord

LEAST_LETTERS = 16


class FileChoice(QComboBox):
    """The encoders that have ONNX files by name, then the files added since."""

    def __init__(self, nothing: str = "") -> None:
        super().__init__()
        self._nothing = nothing
        self._files: list[Path] = []
        self.setMinimumContentsLength(LEAST_LETTERS)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    @property
    def path(self) -> str:
        """The chosen file or folder; empty for none."""
        return str(self.currentData() or "")

    def show_encoders(self, records: Iterable[EncoderRecord]) -> None:
        """Offer other encoders, keeping the choice where it is still there."""
        chosen = self.path
        blocked = self.blockSignals(True)
        self.clear()
        if self._nothing:
            self.addItem(self._nothing, "")
        for record in records:
            if onnx_path(record):
                self.addItem(record.name, onnx_path(record))
        for file in self._files:
            self.addItem(file.name, str(file))
        self.setCurrentIndex(max(0, self.findData(chosen)) if self.count() else -1)
        self.blockSignals(blocked)

    def choose_file(self, file: Path) -> None:
        """Offer a file, and choose it."""
        if self.findData(str(file)) < 0:
            self._files.append(file)
            self.addItem(file.name, str(file))
        self.choose(str(file))

    def choose(self, path: str) -> None:
        """Choose what is offered already; anything else is ignored."""
        number = self.findData(path)
        if number >= 0:
            self.setCurrentIndex(number)
