"""Opening the manual: its window is made when it is first wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from embedding_lab.errors import LabError

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab_app.context import AppContext
    from embedding_lab_app.shell.manual_viewer import ManualWindow


class ManualOpener(QObject):
    """Owns the manual's window, which has no parent so that no dialog keeps one from reading."""

    def __init__(self, context: AppContext, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self.window: ManualWindow | None = None

    def show_place(self, place: str) -> None:
        """Open the manual at a place: ``training#hard-negatives``."""
        window = self._raised()
        if window is not None:
            window.show_place(place)

    def show_file(self, path: Path) -> None:
        """Show another document of the program, a Markdown file."""
        window = self._raised()
        if window is not None:
            from embedding_lab.manual.page import ManualPage

            window.show_text(ManualPage(path.stem, path.read_text(encoding="utf-8")))

    def close(self) -> None:
        """Close the window and let go of it."""
        if self.window is not None:
            self.window.close()
            self.window.deleteLater()
            self.window = None

    def _raised(self) -> ManualWindow | None:
        if self.window is None:
            # With the first wish only: the window opens without waiting for the manual.
            from embedding_lab.manual.pages import manual_pages
            from embedding_lab_app.shell.manual_made import shortcut_table
            from embedding_lab_app.shell.manual_viewer import ManualWindow

            try:
                pages = manual_pages({"shortcuts": shortcut_table(self._context.actions)})
            except LabError as error:
                self._context.notices.error(error)
                return None
            self.window = ManualWindow(self._context.theme, pages)
        self.window.show()
        self.window.raise_()
        self.window.activateWindow()
        return self.window
