"""Folders of the system: shown in its file manager, and names that are still free."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from pathlib import Path


def open_folder(folder: Path) -> None:
    """Show a folder in the system's file manager; off-screen there is none."""
    if QApplication.platformName() != "offscreen":
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


def free_path(path: Path) -> Path:
    """Return the path, with a number behind it where something is there already."""
    number, free = 2, path
    while free.exists():
        free, number = path.with_name(f"{path.name}-{number}"), number + 1
    return free
