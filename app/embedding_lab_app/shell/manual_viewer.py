"""The manual, offline, beside the window."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QSplitter, QWidget

from embedding_lab import resources
from embedding_lab_app.shell.manual_browser import ManualBrowser
from embedding_lab_app.shell.manual_text import manual_text
from embedding_lab_app.widgets.field import SearchField
from embedding_lab_app.widgets.layout import boxed, column

if TYPE_CHECKING:
    from embedding_lab_app.theme import Theme

ORDER = (
    "getting-started",
    "corpora",
    "encoders",
    "onnx",
    "embedding",
    "search",
    "prompts",
    "training",
    "methods",
    "jobs",
    "workspace",
    "graphics-card",
    "command-line",
    "python",
    "performance",
    "privacy",
    "troubleshooting",
)


def manual_pages() -> dict[str, Path]:
    """Return the manual's pages by name, the ones with a known place first."""
    found = {path.stem: path for path in sorted(resources.path("manual").glob("*.md"))}
    known = [name for name in ORDER if name in found]
    return {name: found[name] for name in (*known, *(n for n in found if n not in ORDER))}


def page_title(path: Path) -> str:
    """Return the first heading of a page."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            return line.removeprefix("# ").strip()
    return path.stem


class ManualWindow(QWidget):
    """Contents and search on the left, the page on the right."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setWindowTitle("Manual")
        self._pages = manual_pages()
        self.search = SearchField(theme.icon("magnifying-glass"), "Search the manual")
        self.search.textChanged.connect(self._on_search_changed)
        self.contents = QListWidget()
        self.contents.setAccessibleName("Contents of the manual")
        self.browser = ManualBrowser(theme)
        self.browser.anchorClicked.connect(self._on_anchor_clicked)
        self.contents.currentItemChanged.connect(self._on_current_item_changed)
        splitter = QSplitter()
        splitter.addWidget(boxed(column(self.search, self.contents, margins=8)))
        splitter.addWidget(self.browser)
        splitter.setSizes([220, 660])
        self.setLayout(column(splitter))
        self.resize(900, 640)
        self._on_search_changed("")

    def show_page(self, name: str) -> None:
        """Open one page by its name."""
        self.search.clear()
        for row in range(self.contents.count()):
            if self.contents.item(row).data(Qt.ItemDataRole.UserRole) == name:
                self.contents.setCurrentRow(row)

    def _on_search_changed(self, typed: str) -> None:
        wanted = typed.casefold().strip()
        self.contents.clear()
        for name, path in self._pages.items():
            if wanted in manual_text(path).casefold():
                item = QListWidgetItem(page_title(path))
                item.setData(Qt.ItemDataRole.UserRole, name)
                self.contents.addItem(item)
        self.contents.setCurrentRow(0)

    def _on_current_item_changed(
        self, item: QListWidgetItem | None, _before: QListWidgetItem | None
    ) -> None:
        path = self._pages[item.data(Qt.ItemDataRole.UserRole)] if item is not None else None
        self.browser.show_file(path)
        if self.search.text():
            self.browser.find(self.search.text())

    def _on_anchor_clicked(self, url: QUrl) -> None:
        self.show_page(Path(url.path()).stem)
