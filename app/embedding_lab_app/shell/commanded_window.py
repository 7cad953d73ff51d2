"""What the window's commands may ask of the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMainWindow

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from embedding_lab_app.context import AppContext


class CommandedWindow(QMainWindow):
    """Base of the window; the commands know nothing else of it."""

    context: AppContext

    def change_workspace(self, change: Callable[[], None]) -> bool:
        """Open another workspace after live jobs have been dealt with; say so if it fails."""
        raise NotImplementedError

    def toggle_jobs(self) -> None:
        """Show or hide the Jobs panel."""
        raise NotImplementedError

    def toggle_inspector(self) -> None:
        """Show or hide the inspector, on every page."""
        raise NotImplementedError

    def show_palette(self) -> None:
        """Open the command palette."""
        raise NotImplementedError

    def show_settings(self) -> None:
        """Open the settings."""
        raise NotImplementedError

    def show_trash(self) -> None:
        """Open the trash."""
        raise NotImplementedError

    def show_backups(self) -> None:
        """List the backups of upgrades."""
        raise NotImplementedError

    def show_log(self) -> None:
        """Show the end of the program's log."""
        raise NotImplementedError

    def look_for_update(self) -> None:
        """Ask whether there is a newer version, and tell what comes of it."""
        raise NotImplementedError

    def show_manual(self) -> None:
        """Open the manual at the place that fits the page."""
        raise NotImplementedError

    def show_manual_text(self, path: Path) -> None:
        """Show another document of the program in the manual's window."""
        raise NotImplementedError

    def close_window(self) -> None:
        """Close the window, as the Quit command does."""
        raise NotImplementedError
