"""What the window remembers of itself: geometry, splitters, columns, the page that was open.

Choices that change what the program does are core settings, not these.
"""

from __future__ import annotations

from PySide6.QtCore import QSettings

from embedding_lab import paths


def window_state() -> QSettings:
    """Return the store for everything of the window itself."""
    return QSettings(str(paths.settings_folder() / "window.ini"), QSettings.Format.IniFormat)


def group_of(workspace_id: str, page: str = "") -> str:
    """Return the name under which one workspace (and one of its pages) is remembered."""
    return f"workspace-{workspace_id}/{page}".rstrip("/")
