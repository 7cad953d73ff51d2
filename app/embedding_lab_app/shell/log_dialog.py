"""The end of the program's log, to be read and copied."""

from __future__ import annotations

from PySide6.QtGui import QFontDatabase, QGuiApplication, QTextCursor
from PySide6.QtWidgets import QDialog, QPlainTextEdit, QWidget

from embedding_lab import paths
from embedding_lab.diagnostics import tail
from embedding_lab_app.widgets.buttons import Button
from embedding_lab_app.widgets.folders import open_folder
from embedding_lab_app.widgets.labels import ElidedLabel
from embedding_lab_app.widgets.layout import column, row

MOST_LINES = 2000


class LogDialog(QDialog):
    """Shows the newest lines; the whole lies in the folder."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Log")
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setAccessibleName("Log")
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setPlaceholderText("Nothing was noted yet: everything went well.")
        where = ElidedLabel(str(paths.log_file()), "muted")
        buttons = row(
            Button("Copy all", self._copy),
            Button("Read again", self.reload),
            Button("Open the log folder", self._open_folder),
            None,
            Button("Close", self.accept),
        )
        layout = column(where, self.text, buttons, spacing=12, margins=16)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self.resize(760, 480)
        self.reload()

    def reload(self) -> None:
        """Read the end of the log again and show its newest line."""
        self.text.setPlainText("\n".join(tail(paths.log_file(), MOST_LINES)))
        self.text.moveCursor(QTextCursor.MoveOperation.End)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())

    def _open_folder(self) -> None:
        open_folder(paths.log_folder())
