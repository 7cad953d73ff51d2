"""Making the application: Qt, the look, the context, and what happens when something breaks."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

import embedding_lab
from embedding_lab import resources
from embedding_lab.encoders.engine_start import set_environment
from embedding_lab.log import RunMark, bad_ends, start_logging
from embedding_lab.settings import load_settings
from embedding_lab_app.asker import Asker
from embedding_lab_app.context import AppContext
from embedding_lab_app.garbage import GarbageCollector
from embedding_lab_app.later_starts import answer_later_starts
from embedding_lab_app.main_window import MainWindow
from embedding_lab_app.motion import apply_motion
from embedding_lab_app.openings import Opening, first_folder, open_first_workspace, sort_out
from embedding_lab_app.shell.crashes import Crashes
from embedding_lab_app.shell.launcher_entry import DESKTOP_FILE
from embedding_lab_app.single_instance import hand_over
from embedding_lab_app.text_size import qt_scaled
from embedding_lab_app.theme import Theme

if TYPE_CHECKING:
    from pathlib import Path

# Threads of a job give the interpreter back this often, so that the window can draw in between.
SWITCH_INTERVAL_S = 0.001


def make_application(theme_choice: str = "") -> tuple[QApplication, Theme]:
    """Return the Qt application with the house's look."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    set_environment()
    settings = load_settings()
    existing = QCoreApplication.instance()
    with qt_scaled(settings.text_size):
        app = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName("Embedding Lab")
    app.setApplicationDisplayName("Embedding Lab")
    app.setApplicationVersion(embedding_lab.__version__)
    app.setDesktopFileName(DESKTOP_FILE)
    app.setWindowIcon(QIcon(str(resources.path("icon/embedding-lab.svg"))))
    GarbageCollector(app)
    theme = Theme(app, theme_choice or settings.theme)
    return app, theme


def make_window(theme: Theme, asker: Asker | None = None) -> MainWindow:
    """Return a window without a workspace; give its context one before showing it."""
    asker = asker or Asker()
    context = AppContext(theme, asker)
    window = MainWindow(context)
    context.setParent(window)
    context.settings_saved.connect(lambda: _apply_motion(context))
    asker.parent = window
    return window


def run_window(wanted: list[Path], *, with_sample: bool, is_new: bool) -> int:
    """Show the window until it is closed and return the exit status.

    Parameters
    ----------
    wanted : list of Path
        A workspace, and files and folders to look at in it.
    with_sample : bool
        Begin with the bundled sample.
    is_new : bool
        Open a window even where one shows the workspace already; it cannot write there.
    """
    start_logging()
    opening = sort_out(wanted)
    folder = first_folder(opening, with_sample=with_sample)
    problems = [str(problem) for problem in opening.problems]
    if not is_new and hand_over(folder, opening.files, problems):
        return 0
    ends, mark = bad_ends(), RunMark()
    mark.begin()
    try:
        app, theme = make_application()
        window = make_window(theme)
        crashes = Crashes(window)
        crashes.install()
        answer_later_starts(window)
        open_first_workspace(window.context, folder)
        window.show()
        crashes.tell_bad_ends(ends)
        _open_what_was_wanted(window.context, opening, with_sample=with_sample)
        # When the window is there: nothing of this is worth waiting for.
        QTimer.singleShot(0, window, lambda: _after_start(window))
        return app.exec()
    finally:
        mark.end()


def _open_what_was_wanted(context: AppContext, opening: Opening, *, with_sample: bool) -> None:
    for problem in opening.problems:
        context.notices.error(problem)
    if opening.files:
        context.drop(opening.files)
    elif with_sample and not context.workspace.corpora():
        context.drop([resources.path("samples/python-library")])


def _after_start(window: MainWindow) -> None:
    _apply_motion(window.context)
    window.updates.ask_at_start()


def _apply_motion(context: AppContext) -> None:
    app = QCoreApplication.instance()
    if isinstance(app, QApplication):
        apply_motion(app, context.settings.reduce_motion)
