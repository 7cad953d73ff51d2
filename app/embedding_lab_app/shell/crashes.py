"""Errors that nobody expected, in whichever thread: a line in the log, and one dialog."""

from __future__ import annotations

import logging
import sys
import threading
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from embedding_lab.diagnostics import ending_report, error_report
from embedding_lab.log import problem_of
from embedding_lab_app.shell.crash_dialog import CrashDialog

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from embedding_lab.log import BadEnd, Problem
    from embedding_lab_app.shell.commanded_window import CommandedWindow

log = logging.getLogger(__name__)


class Crashes(QObject):
    """Shows each distinct error once, and never two dialogs at a time.

    Signals
    -------
    caught(problem)
        Something was raised that nobody caught; it may come from any thread.
    """

    caught = Signal(object)

    def __init__(self, window: CommandedWindow) -> None:
        super().__init__(window)
        self._window = window
        self._shown: set[object] = set()
        self._dialog: CrashDialog | None = None
        # Connected to a method of an object that lives in the window's thread: it runs there.
        self.caught.connect(self._on_caught)

    def install(self) -> None:
        """Be told of everything that nobody catches from now on."""
        sys.excepthook = self.take
        threading.excepthook = self._take_of_thread

    def take(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """Note an error in the log and show it; a wish to end the program is none."""
        if not isinstance(error, Exception):
            sys.__excepthook__(kind, error, trace)
            return
        log.error("not caught", exc_info=(kind, error, trace))
        self.caught.emit(problem_of(error, trace))

    def _take_of_thread(self, raised: threading.ExceptHookArgs) -> None:
        if raised.exc_value is not None:
            self.take(raised.exc_type, raised.exc_value, raised.exc_traceback)

    def tell_bad_ends(self, ends: Iterable[BadEnd]) -> None:
        """Say that the program ended badly before: a dialog if it left a trace, else a notice."""
        ends = list(ends)
        crashed = [end for end in ends if end.text]
        if crashed:
            end = crashed[-1]
            when = time.strftime("%Y-%m-%d %H:%M", time.localtime(end.at))
            sentence = f"Embedding Lab ended badly on {when}. What had been saved is still there."
            self._show(CrashDialog(self._window, sentence, lambda _wanted: ending_report(end.text)))
        elif ends:
            self._window.context.notices.info(
                "Embedding Lab was ended from outside last time. What had been saved is still "
                "there."
            )

    def _on_caught(self, problem: Problem) -> None:
        # One that is open is read first; the log has them all.
        if problem.key in self._shown or self._dialog is not None:
            return
        self._shown.add(problem.key)
        sentence = (
            f"Something broke that should not have ({problem.kind}). What you just did may not "
            "have happened; you can go on working."
        )
        self._show(
            CrashDialog(
                self._window,
                sentence,
                lambda wanted: error_report(problem, with_message=wanted),
                has_message=bool(problem.message),
                on_quit=self._window.close_window,
            )
        )

    def _show(self, dialog: CrashDialog) -> None:
        self._dialog = dialog
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowModality(Qt.WindowModality.WindowModal)
        dialog.finished.connect(self._on_dialog_finished)
        dialog.show()

    def _on_dialog_finished(self, _result: int) -> None:
        self._dialog = None
