"""Choosing an ONNX file: one of an encoder, or any that was chosen or dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab_app.pages.encoders.onnx.proof_words import onnx_path
from embedding_lab_app.widgets.choice_box import ChoiceBox

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from embedding_lab.encoders.record import EncoderRecord

LEAST_LETTERS = 16


class FileChoice(ChoiceBox):
    """The encoders that have ONNX files by name, then the files added since."""

    def __init__(self, nothing: str = "") -> None:
        super().__init__(LEAST_LETTERS)
        self._usual = [(nothing, "")] if nothing else []
        self._files: list[Path] = []

    @property
    def path(self) -> str:
        """The chosen file or folder; empty for none."""
        return self.chosen

    def show_encoders(self, records: Iterable[EncoderRecord]) -> None:
        """Offer other encoders, keeping the choice where it is still there."""
        having = [(record.name, onnx_path(record)) for record in records if onnx_path(record)]
        self.offer([*self._usual, *having, *((file.name, str(file)) for file in self._files)])

    def choose_file(self, file: Path) -> None:
        """Offer a file, and choose it."""
        if self.findData(str(file)) < 0:
            self._files.append(file)
            self.addItem(file.name, str(file))
        self.choose_path(str(file))

    def choose_path(self, path: str) -> None:
        """Choose what is offered already, and tell; anything else is ignored."""
        number = self.findData(path)
        if number >= 0:
            self.setCurrentIndex(number)
