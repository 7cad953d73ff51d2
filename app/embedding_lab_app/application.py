"""Making the application: Qt, the look, the context, and what happens when something breaks."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

import embedding_lab
from embedding_lab import paths, resources
from embedding_lab.errors import LabError
from embedding_lab.log import start_logging
from embedding_lab.settings import load_settings
from embedding_lab.workspace.workspace import WORKSPACE_FILE
from embedding_lab_app.asker import Asker
from embedding_lab_app.context import AppContext
from embedding_lab_app.garbage import GarbageCollector
from embedding_lab_app.main_window import MainWindow
from embedding_lab_app.theme import Theme

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

log = logging.getLogger(__name__)

# Threads of a job give the interpreter back this often, so that the window can draw in between.
SWITCH_INTERVAL_S = 0.001


def make_application(theme_choice: str = "") -> tuple[QApplication, Theme]:
    """Return the Qt application with the house's look."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    existing = QCoreApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName("Embedding Lab")
    app.setApplicationDisplayName("Embedding Lab")
    app.setApplicationVersion(embedding_lab.__version__)
    app.setDesktopFileName("embedding-lab")
    app.setWindowIcon(QIcon(str(resources.path("icon/embedding-lab.svg"))))
    GarbageCollector(app)
    theme = Theme(app, theme_choice or load_settings().theme)
    return app, theme


def make_window(theme: Theme, asker: Asker | None = None) -> MainWindow:
    """Return a window without a workspace; give its context one before showing it."""
    asker = asker or Asker()
    context = AppContext(theme, asker)
    window = MainWindow(context)
    context.setParent(window)
    asker.parent = window
    return window


def open_first_workspace(context: AppContext, wanted: Path | None, *, with_sample: bool) -> None:
    """Open the workspace asked for, the last one, or a new one of the user's own.

    A wish that cannot be met is told as a notice, and the user's own workspace opens instead.
    """
    last = None if with_sample else _last_workspace()
    folder = wanted or last or paths.default_workspace_folder()
    try:
        _open_or_create(context, folder)
    except LabError as error:
        context.notices.error(error)
        _open_or_create(context, paths.default_workspace_folder())
    if with_sample and not context.workspace.corpora():
        context.drop([resources.path("samples/python-library")])


def _open_or_create(context: AppContext, folder: Path) -> None:
    if folder.exists():
        context.open_workspace(folder)
    else:
        context.create_workspace(folder)


def _last_workspace() -> Path | None:
    from pathlib import Path

    for name in load_settings().recent_workspaces:
        if (Path(name) / WORKSPACE_FILE).exists():
            return Path(name)
    return None


def run_window(wanted: Path | None, *, with_sample: bool) -> int:
    """Show the window until it is closed and return the exit status."""
    start_logging()
    app, theme = make_application()
    window = make_window(theme)
    install_excepthook(window.context)
    open_first_workspace(window.context, wanted, with_sample=with_sample)
    window.show()
    return app.exec()


def install_excepthook(context: AppContext) -> None:
    """Turn an exception nobody caught into a notice with details, and a line in the log."""

    def show(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not isinstance(error, Exception):
            sys.__excepthook__(kind, error, trace)
            return
        log.error("not caught", exc_info=(kind, error, trace))
        context.notices.error(error)

    sys.excepthook = show
