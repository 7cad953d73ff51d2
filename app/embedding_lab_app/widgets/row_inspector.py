"""One row whole: every column, wrapped, to be selected and copied."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from embedding_lab.workspace.corpus_pictures import thumbnails
from embedding_lab_app.widgets.buttons import Button
from embedding_lab_app.widgets.key_value_list import KeyValueList
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import column
from embedding_lab_app.widgets.pictures import PictureBox
from embedding_lab_app.widgets.surfaces import scrolled

if TYPE_CHECKING:
    from embedding_lab.workspace.corpus import Corpus, Document

# Laying out a longer text would hold the window; exporting the row gives all of it.
SHOWN_CHARACTERS = 50_000
SHOWN_IN_LIST = 2_000


class RowInspector(QWidget):
    """Shows one document, or says that none is chosen. ``like_wanted`` carries its row."""

    like_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row = -1
        self.heading = Label("", "heading", wraps=True)
        self.nothing = Label("Choose a row to see all of it here.", "muted", wraps=True)
        self.picture = PictureBox("Picture of the row")
        self.facts = KeyValueList()
        self.text_heading = Label("Text", "field")
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setAccessibleName("Text of the row")
        self.text.setMinimumHeight(200)
        self.cut = Label("", "small", wraps=True)
        self.like_button = Button("Find rows like this", self._want_like)
        self.body = QWidget()
        layout = column(
            self.heading,
            self.picture,
            self.facts,
            self.text_heading,
            self.text,
            self.cut,
            self.like_button,
            spacing=8,
        )
        layout.setStretch(4, 1)
        self.body.setLayout(layout)
        content = QWidget()
        layout = column(self.nothing, self.body, margins=16)
        layout.setAlignment(self.nothing, Qt.AlignmentFlag.AlignTop)
        content.setLayout(layout)
        self.setLayout(column(scrolled(content)))
        self.show_row(None, None)

    def show_row(self, corpus: Corpus | None, document: Document | None) -> None:
        """Show a document of a corpus, or none."""
        is_there = corpus is not None and document is not None
        self.nothing.setVisible(not is_there)
        self.body.setVisible(is_there)
        if corpus is None or document is None:
            self._row = -1
            return
        self._row = document.row
        self.heading.setText(f"Row {document.row:,} of {corpus.name}")
        self.picture.show_picture(_small_copy(corpus, document))
        names = [name for name in corpus.columns if name != "text"]
        pairs = [(name, _as_text(document.value(name))) for name in names]
        self.facts.show_pairs([(name, value) for name, value in pairs if value])
        self.text.setPlainText(document.text[:SHOWN_CHARACTERS])
        self.text_heading.setText("Text" if document.text else "Text (empty)")
        # A picture's row often has no text at all; an empty box would only take its room.
        has_text = bool(document.text) or document.picture is None
        self.text_heading.setVisible(has_text)
        self.text.setVisible(has_text)
        more = len(document.text) - SHOWN_CHARACTERS
        self.cut.setText(f"{more:,} more characters; export the row to have them all.")
        self.cut.setVisible(more > 0)

    def _want_like(self) -> None:
        if self._row >= 0:
            self.like_wanted.emit(self._row)


def _small_copy(corpus: Corpus, document: Document) -> bytes:
    if document.picture is None:
        return b""
    return thumbnails(corpus, [document.picture]).get(document.picture, b"")


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN_IN_LIST else f"{text[:SHOWN_IN_LIST]}…"
