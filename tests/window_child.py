"""The program itself in a process of its own, which says on standard output what it does.

Each line is a word and what belongs to it. ``raise`` on standard input lets an error escape.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QTimer

from embedding_lab_app import application
from embedding_lab_app.main_window import MainWindow


def say(*words: object) -> None:
    print(*words, flush=True)


class TalkingWindow(MainWindow):
    """Tells what happens to it."""

    def __init__(self, context: object) -> None:
        super().__init__(context)
        self.context.workspace_opened.connect(
            lambda workspace: say("opened", workspace.folder, workspace.why_read_only)
        )
        self.context.navigation_requested.connect(say)
        self.context.notices.added.connect(lambda notice: say("notice", notice.text))

    def come_forward(self) -> None:
        say("forward")
        super().come_forward()

    def showEvent(self, event: object) -> None:
        super().showEvent(event)
        say("shown")


def listen() -> None:
    for line in sys.stdin:
        if line.strip() == "close":
            QTimer.singleShot(0, QCoreApplication.instance(), QCoreApplication.quit)


if __name__ == "__main__":
    application.MainWindow = TalkingWindow
    threading.Thread(target=listen, daemon=True).start()
    words = sys.argv[1:]
    is_new = "--new-window" in words
    paths = [Path(word) for word in words if not word.startswith("--")]
    sys.exit(application.run_window(paths, with_sample=False, is_new=is_new))
