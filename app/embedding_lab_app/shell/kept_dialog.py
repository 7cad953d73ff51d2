"""What a workspace keeps until somebody deletes it: a list, its size, and what can be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QDialog, QListWidget, QListWidgetItem, QWidget

from embedding_lab_app.widgets.buttons import Button
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import column, row

if TYPE_CHECKING:
    from collections.abc import Sequence

LINE_HEIGHT = 28


class KeptDialog(QDialog):
    """Base of the trash and of the backups.

    Attributes
    ----------
    list : QListWidget
        A line each, newest first.
    note : Label
        How much it is.
    """

    def __init__(self, title: str, list_name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.list = QListWidget()
        self.list.setAccessibleName(list_name)
        self.list.setUniformItemSizes(True)
        self.note = Label("", "muted", wraps=True)
        self.resize(520, 360)

    def lay_out(self, *parts: QWidget, buttons: Sequence[Button]) -> None:
        """Put note and list above further parts and the buttons."""
        below = row(*buttons, None, Button("Close", self.accept))
        layout = column(self.note, self.list, *parts, below, spacing=12, margins=16)
        layout.setStretch(1, 1)
        self.setLayout(layout)

    def show_lines(self, lines: Sequence[str], note: str) -> None:
        """Show a line for each thing, the first one chosen."""
        self.list.clear()
        for text in lines:
            line = QListWidgetItem(text)
            line.setToolTip(text)
            line.setSizeHint(QSize(0, LINE_HEIGHT))
            self.list.addItem(line)
        self.list.setCurrentRow(0)
        self.note.setText(note)
