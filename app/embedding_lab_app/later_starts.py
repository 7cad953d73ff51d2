"""What comes from outside while the window runs: later starts, and files the desktop hands over."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtGui import QFileOpenEvent

from embedding_lab.errors import LabError
from embedding_lab_app.single_instance import InstanceServer, Request

if TYPE_CHECKING:
    from embedding_lab.workspace.workspace import Workspace
    from embedding_lab_app.context import AppContext
    from embedding_lab_app.main_window import MainWindow


class LaterStarts(QObject):
    """Brings the window forward when the program is started again on its workspace."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.server = InstanceServer(self)
        self.server.asked.connect(self._on_server_asked)
        window.context.workspace_opened.connect(self._on_workspace_opened)

    def _on_workspace_opened(self, workspace: Workspace) -> None:
        # Whoever may not write is not the one to open things in.
        if workspace.is_writable:
            self.server.listen(workspace.folder)
        else:
            self.server.close()

    def _on_server_asked(self, request: Request) -> None:
        self._window.come_forward()
        for problem in request.problems:
            self._window.context.notices.error(LabError(problem))
        self._window.context.drop(request.files)


class FileOpener(QObject):
    """Opens what macOS hands to the running program: a double-clicked file, a drop on its icon."""

    def __init__(self, context: AppContext, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Take the one kind of event that names a file."""
        if isinstance(event, QFileOpenEvent) and event.file():
            self._context.drop([Path(event.file())])
            return True
        return False


def answer_later_starts(window: MainWindow) -> LaterStarts:
    """Let a window be found by later starts, before it opens its workspace."""
    app = QCoreApplication.instance()
    # Only macOS sends such events, and a filter written in Python slows every other event down.
    if app is not None and sys.platform == "darwin":
        app.installEventFilter(FileOpener(window.context, window))
    return LaterStarts(window)
