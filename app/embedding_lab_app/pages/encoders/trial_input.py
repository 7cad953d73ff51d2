"""One side of a trial: a few lines of text, or a picture in their place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy, QWidget

from embedding_lab.pictures import PICTURE_SUFFIXES
from embedding_lab_app.widgets.buttons import Button
from embedding_lab_app.widgets.dropped_paths import dropped_paths
from embedding_lab_app.widgets.labels import ElidedLabel
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.pictures import PictureBox

if TYPE_CHECKING:
    from PySide6.QtGui import QDragEnterEvent, QDropEvent

TEXT_HEIGHT = 64


class TextInput(QPlainTextEdit):
    """A few lines of text; Tab goes on to the next field."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.setAccessibleName(name)
        self.setTabChangesFocus(True)
        self.setFixedHeight(TEXT_HEIGHT)
        # Files are taken by what this lies in.
        self.setAcceptDrops(False)


class TrialInput(QWidget):
    """Text, or a picture where the encoder takes them.

    Signals
    -------
    changed()
        There is another text or picture.
    picture_wanted()
        The user wants to choose a picture.
    """

    changed = Signal()
    picture_wanted = Signal()

    def __init__(self, name: str, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = TextInput(name, text)
        self.image = ""
        self.picture = PictureBox(f"{name}: picture", TEXT_HEIGHT)
        self.picture.setFixedWidth(TEXT_HEIGHT)
        self.picture.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.file = ElidedLabel("")
        self.choose_button = Button("Picture instead…", self.picture_wanted.emit, kind="link")
        self.text_button = Button("Text again", self.clear_picture, kind="link")
        beside = column(self.file, row(self.text_button, None), spacing=4)
        chosen = row(self.picture, beside, spacing=12)
        chosen.setStretch(1, 1)
        self._chosen = boxed(chosen)
        self._chosen.setFixedHeight(TEXT_HEIGHT)
        self._chosen.hide()
        below = boxed(row(self.choose_button, None))
        self._below = below
        self.setLayout(column(self.text, self._chosen, below, spacing=4))
        self.text.textChanged.connect(self.changed.emit)

    @property
    def is_missing(self) -> bool:
        """Whether there is neither a text nor a picture."""
        return not (self.image or self.text.toPlainText().strip())

    def offer_pictures(self, *, is_offered: bool) -> None:
        """Take pictures from now on, or texts only."""
        self.setAcceptDrops(is_offered)
        self._below.setVisible(is_offered and not self.image)
        if self.image and not is_offered:
            self.clear_picture()

    def set_picture(self, path: Path) -> None:
        """Put a picture in the text's place."""
        self.image = str(path)
        self.file.setText(path.name)
        try:
            self.picture.show_picture(path.read_bytes())
        except OSError:
            # The comparison says what is wrong with it.
            self.picture.show_picture(b"")
        self._show(has_picture=True)

    def clear_picture(self) -> None:
        """Go back to the text."""
        self.image = ""
        self._show(has_picture=False)

    def _show(self, *, has_picture: bool) -> None:
        self.text.setVisible(not has_picture)
        self._below.setVisible(not has_picture and self.acceptDrops())
        self._chosen.setVisible(has_picture)
        self.changed.emit()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take a single picture."""
        paths = dropped_paths(event.mimeData())
        if len(paths) == 1 and paths[0].suffix.lower() in PICTURE_SUFFIXES:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Compare the dropped picture."""
        event.acceptProposedAction()
        self.set_picture(Path(dropped_paths(event.mimeData())[0]))
