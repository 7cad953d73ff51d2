"""Small copies of pictures, drawn no larger than there is room."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QLabel, QSizePolicy

from embedding_lab.pictures import PICTURE_SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QResizeEvent
    from PySide6.QtWidgets import QWidget

PICTURE_FILTER = f"Pictures ({' '.join(f'*{suffix}' for suffix in PICTURE_SUFFIXES)})"
KEPT = 512
TALLEST = 256
MOST_ENLARGED = 2


def pixmap_of(content: bytes) -> QPixmap:
    """Return a picture's file as Qt draws it; a null pixmap if it cannot."""
    made = QPixmap()
    made.loadFromData(content)
    return made


def fitted(pixmap: QPixmap, size: QSize) -> QPixmap:
    """Return a pixmap brought into a size, keeping its proportions; made at most twice as large."""
    if pixmap.isNull():
        return pixmap
    mode = Qt.TransformationMode.SmoothTransformation
    room = size.boundedTo(pixmap.size() * MOST_ENLARGED)
    return pixmap.scaled(room, Qt.AspectRatioMode.KeepAspectRatio, mode)


class PixmapCache:
    """Pixmaps of one size by name; the ones not drawn for longest are forgotten."""

    def __init__(self, side: int) -> None:
        self.size = QSize(side, side)
        self._known: OrderedDict[str, QPixmap] = OrderedDict()

    def get(self, name: str, read: Callable[[], bytes]) -> QPixmap:
        """Return a picture at most as large as this cache's size, reading its file if need be."""
        if name in self._known:
            self._known.move_to_end(name)
            return self._known[name]
        made = fitted(pixmap_of(read()), self.size)
        self._known[name] = made
        if len(self._known) > KEPT:
            self._known.popitem(last=False)
        return made


class PictureBox(QLabel):
    """One picture as wide as there is room, and at most as high as this, in pixels."""

    def __init__(
        self, name: str, most_height: int = TALLEST, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._most_height = most_height
        self.setAccessibleName(name)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._whole = QPixmap()
        self.hide()

    def show_picture(self, content: bytes) -> None:
        """Show a picture's file; no bytes hide the box."""
        self._whole = pixmap_of(content)
        self.setVisible(not self._whole.isNull())
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the picture to the new width."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    def _fit(self) -> None:
        shown = fitted(self._whole, QSize(max(1, self.width()), self._most_height))
        self.setPixmap(shown)
        self.setFixedHeight(max(1, shown.height()))
