"""A manual page: Markdown with pictures in the colours of the window."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QImage, QTextDocument
from PySide6.QtWidgets import QTextBrowser

from embedding_lab_app.shell.manual_text import manual_text

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent
    from PySide6.QtWidgets import QWidget

    from embedding_lab_app.theme import Theme

MARGIN = 40


class ManualBrowser(QTextBrowser):
    """Shows one Markdown file; pictures fit the width and follow light and dark."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Manual page")
        self.setOpenLinks(False)
        self._theme = theme
        self._path: Path | None = None
        theme.changed.connect(self._show_again)

    def show_file(self, path: Path | None) -> None:
        """Show a file from its beginning, or nothing."""
        self._path = path
        self.clear()
        if path is None:
            return
        # What was loaded for another width or theme is forgotten with the document's contents.
        self.document().setBaseUrl(QUrl.fromLocalFile(f"{path.parent}/"))
        features = QTextDocument.MarkdownFeature.MarkdownDialectGitHub
        self.document().setMarkdown(manual_text(path), features)

    def loadResource(self, kind: int, name: QUrl | str) -> object:  # noqa: N802 - Qt's name
        """Return a picture in the theme's variant, at most as wide as the page."""
        path = Path(self.document().baseUrl().resolved(QUrl(name)).toLocalFile())
        if kind != QTextDocument.ResourceType.ImageResource.value or not path.is_file():
            return super().loadResource(kind, name)
        dark = path.with_name(path.name.replace("-light.", "-dark."))
        image = QImage(str(dark if self._theme.is_dark and dark.is_file() else path))
        width = max(240, self.viewport().width() - MARGIN)
        if image.width() > width:
            image = image.scaledToWidth(width, Qt.TransformationMode.SmoothTransformation)
        return image

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the pictures to the new width."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._show_again()

    def _show_again(self) -> None:
        place = self.verticalScrollBar().value()
        self.show_file(self._path)
        self.verticalScrollBar().setValue(place)
