"""The result of an export: whether the files say the same, on what, and where they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal

from embedding_lab_app.pages.encoders.onnx.proof_words import SAMPLE, proof_pairs
from embedding_lab_app.widgets.buttons import Button
from embedding_lab_app.widgets.folders import open_folder
from embedding_lab_app.widgets.key_value_list import KeyValueList
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import boxed, row
from embedding_lab_app.widgets.surfaces import Card
from embedding_lab_app.widgets.wording import count, size


class ProofCard(Card):
    """Shows one export. ``add_wanted`` carries the folder that may become an encoder."""

    add_wanted = Signal(str)

    def __init__(self) -> None:
        self._path = ""
        self.verdict = Label("", "success", wraps=True)
        self.place = Label("", "muted", wraps=True).make_selectable()
        self.facts = KeyValueList()
        self.add_button = Button("Add as an encoder", self._add)
        self.open_button = Button("Open folder", self._open)
        self._acts = boxed(row(self.add_button, self.open_button, None))
        super().__init__("Proof", self.verdict, self.place, self.facts, self._acts)
        self.hide()

    def show_result(self, result: dict[str, Any] | None) -> None:
        """Show what an export returned, or nothing."""
        self.setVisible(result is not None)
        if result is None:
            return
        self._path = result["path"]
        passed = result["passed"]
        on = f"{count(result['rows'], 'row')} of {result['corpus'] or SAMPLE}"
        self.verdict.set_kind("success" if passed else "error")
        self.verdict.setText(
            f"Passed: the file says the same as the encoder on {on}."
            if passed
            else f"Failed: the file does not say the same as the encoder on {on}."
        )
        self.place.setText(
            f"{self._path} ({size(result['bytes'])})"
            if self._path
            else "No folder was left behind."
        )
        self.facts.show_pairs([pair for part in result["parts"] for pair in proof_pairs(part)])
        self._acts.setVisible(bool(self._path))
        self.add_button.setVisible(passed)

    def _add(self) -> None:
        self.add_wanted.emit(self._path)

    def _open(self) -> None:
        open_folder(Path(self._path))
