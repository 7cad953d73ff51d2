"""Asking whether an encoder's own program code may run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox

from embedding_lab_app.widgets.key_value_list import KeyValueList
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.surfaces import Card
from embedding_lab_app.widgets.wording import size

if TYPE_CHECKING:
    from collections.abc import Sequence

QUESTION = (
    "This encoder works only with program code of its own. It would run on this machine and can do "
    "there whatever you can do. Look at these files first:"
)


class ConsentCard(Card):
    """Lists the files that would run. ``changed`` tells that the user agreed or took it back."""

    changed = Signal()

    def __init__(self) -> None:
        self.files = KeyValueList()
        self.agree = QCheckBox("I trust these files; let them run for this encoder")
        super().__init__(
            "Program code of its own", Label(QUESTION, wraps=True), self.files, self.agree
        )
        self.agree.toggled.connect(self._on_agree_toggled)
        self.hide()

    @property
    def is_missing(self) -> bool:
        """Whether consent is needed and not given."""
        return not self.isHidden() and not self.agree.isChecked()

    @property
    def is_given(self) -> bool:
        """Whether the user agreed."""
        return not self.isHidden() and self.agree.isChecked()

    def ask(self, files: Sequence[tuple[str, int]]) -> None:
        """Ask about other files, from the beginning; none hide the question."""
        self.files.show_pairs([(name, size(n_bytes)) for name, n_bytes in files])
        self.agree.setChecked(False)
        self.setVisible(bool(files))

    def _on_agree_toggled(self, _is_checked: bool) -> None:
        self.changed.emit()
