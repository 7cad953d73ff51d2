"""The texts of an embedding prompt, for either side of a search."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from embedding_lab_app.widgets.field import Field
from embedding_lab_app.widgets.layout import column, row
from embedding_lab_app.widgets.surfaces import Card

SIDES = {"query": "Queries", "document": "Documents"}
TEXTS = {
    "system": ("System text", "Said before the input; nothing where it is empty", 4),
    "text": ("Behind a text", "A line break at its start counts", 3),
    "image": ("Behind a picture", "A line break at its start counts", 3),
}
# What the style sheet and the editor leave free above and below the lines.
FRAME = 30


class TurnEditors(QWidget):
    """Six texts: system text and both suffixes, of queries on the left, of documents on the right.

    Signals
    -------
    changed(texts)
        Somebody typed; the texts by the names of the method's parameters.
    """

    changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.editors: dict[str, QPlainTextEdit] = {}
        sides = row(*(self._side(side) for side in SIDES), spacing=12)
        for place in range(len(SIDES)):
            sides.setStretch(place, 1)
        self.setLayout(sides)

    def _side(self, side: str) -> QWidget:
        fields = []
        for kind, (title, help_text, n_lines) in TEXTS.items():
            editor = QPlainTextEdit()
            editor.setTabChangesFocus(True)
            editor.setAccessibleName(f"{SIDES[side]}: {title.lower()}")
            editor.setFixedHeight(n_lines * QFontMetrics(editor.font()).lineSpacing() + FRAME)
            editor.textChanged.connect(self._on_text_changed)
            self.editors[f"{side}_{kind}"] = editor
            fields.append(Field(title, editor, help_text))
        return Card(SIDES[side], column(*fields, spacing=8))

    @property
    def texts(self) -> dict[str, str]:
        """What stands in the editors, by the names of the method's parameters."""
        return {name: editor.toPlainText() for name, editor in self.editors.items()}

    def show_texts(self, texts: dict[str, str]) -> None:
        """Show other texts without telling anybody."""
        for name, editor in self.editors.items():
            if editor.toPlainText() != texts[name]:
                blocked = editor.blockSignals(True)
                editor.setPlainText(texts[name])
                editor.blockSignals(blocked)

    def _on_text_changed(self) -> None:
        self.changed.emit(self.texts)
