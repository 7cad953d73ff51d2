"""A manual page: Markdown with pictures in the colours of the window."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QRegularExpression, Qt, QTimer, QUrl
from PySide6.QtGui import QImage, QTextCursor, QTextDocument
from PySide6.QtWidgets import QTextBrowser, QTextEdit

from embedding_lab import resources
from embedding_lab.manual.page import slug
from embedding_lab_app.shell.manual_looks import dress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QResizeEvent, QTextBlock
    from PySide6.QtWidgets import QWidget

    from embedding_lab.manual.page import ManualPage
    from embedding_lab_app.theme import Theme

MARGIN = 48
LEAST_WIDTH = 240
# While an edge is dragged the width changes many times a second.
RESIZED_MS = 60
# A heading that is led to does not stick to the upper edge.
AIR = 8


class ManualBrowser(QTextBrowser):
    """Shows one page; pictures fit the width and follow light and dark."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Manual page")
        self.setOpenLinks(False)
        # Whether there is one decides how wide the pictures may be.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self._theme = theme
        self._page: ManualPage | None = None
        self._words: list[str] = []
        self._resized = QTimer(self, singleShot=True, interval=RESIZED_MS)
        self._resized.timeout.connect(self._show_again)
        theme.changed.connect(self._show_again)

    @property
    def page(self) -> ManualPage | None:
        """The page that is shown."""
        return self._page

    def show_page(self, page: ManualPage, section: str = "", marked: Sequence[str] = ()) -> None:
        """Show a page from one of its sections on, with these words marked."""
        self._page, self._words = page, list(marked)
        self._fill()
        heading = self._heading(section)
        self._scroll_to(heading)
        if self._words:
            self._scroll_to_mark(heading)

    def mark(self, marked: Sequence[str]) -> int:
        """Mark these words wherever they begin one, and return how many places there are."""
        self._words = list(marked)
        places = self._places()
        selections = []
        for cursor in places:
            selection = QTextEdit.ExtraSelection()
            selection.cursor = cursor
            looks = selection.format
            looks.setBackground(self._theme.colour("highlight"))
            looks.setForeground(self._theme.colour("text"))
            selections.append(selection)
        self.setExtraSelections(selections)
        return len(places)

    def go_to_place(self, number: int) -> None:
        """Select one of the marked places and bring it into view."""
        places = self._places()
        if places:
            self.setTextCursor(places[number % len(places)])
            self.ensureCursorVisible()

    def first_place_in_view(self) -> int:
        """Return the number of the first marked place that is not above the view."""
        top = self.cursorForPosition(self.viewport().rect().topLeft()).position()
        below = [n for n, place in enumerate(self._places()) if place.selectionStart() >= top]
        return below[0] if below else 0

    def loadResource(self, kind: int, name: QUrl | str) -> object:  # noqa: N802 - Qt's name
        """Return a picture in the theme's variant, at most as wide as the page."""
        path = Path(self.document().baseUrl().resolved(QUrl(name)).toLocalFile())
        if kind != QTextDocument.ResourceType.ImageResource.value or not path.is_file():
            return super().loadResource(kind, name)
        dark = path.with_name(path.name.replace("-light.", "-dark."))
        image = QImage(str(dark if self._theme.is_dark and dark.is_file() else path))
        ratio = self.devicePixelRatioF()
        width = round(max(LEAST_WIDTH, self.viewport().width() - MARGIN) * ratio)
        if image.width() > width:
            image = image.scaledToWidth(width, Qt.TransformationMode.SmoothTransformation)
            image.setDevicePixelRatio(ratio)
        return image

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the pictures to the new width."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._resized.start()

    def _fill(self) -> None:
        # What was loaded for another width or theme is forgotten with the document's contents.
        self.clear()
        if self._page is None:
            return
        document = self.document()
        document.setBaseUrl(QUrl.fromLocalFile(f"{resources.path('manual')}/"))
        features = QTextDocument.MarkdownFeature.MarkdownDialectGitHub
        document.setMarkdown(self._page.text, features)
        dress(document, self._theme)
        self.mark(self._words)

    def _show_again(self) -> None:
        place = self.verticalScrollBar().value()
        self._fill()
        self.verticalScrollBar().setValue(place)

    def _heading(self, section: str) -> QTextBlock:
        block = self.document().begin()
        while section and block.isValid():
            if block.blockFormat().headingLevel() and slug(block.text()) == section:
                return block
            block = block.next()
        return self.document().begin()

    def _scroll_to(self, block: QTextBlock) -> None:
        is_first = block.blockNumber() == 0
        top = self.document().documentLayout().blockBoundingRect(block).top()
        self.verticalScrollBar().setValue(0 if is_first else round(top) - AIR)
        self.setTextCursor(QTextCursor(block))

    def _scroll_to_mark(self, heading: QTextBlock) -> None:
        places = [place for place in self._places() if place.selectionStart() >= heading.position()]
        if places:
            cursor = QTextCursor(places[0])
            cursor.setPosition(places[0].selectionStart())
            before = self.verticalScrollBar().value()
            self.setTextCursor(cursor)
            self.ensureCursorVisible()
            # As little as needed: the heading stays in view where both fit.
            if self.verticalScrollBar().value() < before:
                self.verticalScrollBar().setValue(before)

    def _places(self) -> list[QTextCursor]:
        if not self._words:
            return []
        # A phrase that was typed into the find bar is looked for as it stands.
        pattern = "|".join(re.escape(word) for word in sorted(self._words, key=len, reverse=True))
        wanted = QRegularExpression(
            f"(?<![\\w])(?:{pattern})", QRegularExpression.PatternOption.CaseInsensitiveOption
        )
        found, cursor = [], self.document().find(wanted)
        while not cursor.isNull():
            found.append(QTextCursor(cursor))
            cursor = self.document().find(wanted, cursor)
        return found
