"""What is shown when something broke that nobody expected: a sentence, and a report to copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCheckBox, QDialog, QPlainTextEdit

from embedding_lab import paths
from embedding_lab_app.widgets.buttons import Button
from embedding_lab_app.widgets.folders import open_folder
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import column, row

if TYPE_CHECKING:
    from collections.abc import Callable

    from embedding_lab_app.shell.commanded_window import CommandedWindow

NOTHING_SENT = (
    "Nothing was sent anywhere. The report below tells of the program and of this machine; it "
    "holds none of your texts. Copy or save it if you want to show it to somebody."
)


class CrashDialog(QDialog):
    """The report of one failure.

    Parameters
    ----------
    sentence : str
        What happened.
    make_report : callable
        Returns the report, with the error's own words or without.
    has_message : bool
        Whether the error has words of its own that may be added.
    on_quit : callable, optional
        Ends the program; without it there is no such button.
    """

    def __init__(
        self,
        window: CommandedWindow,
        sentence: str,
        make_report: Callable[[bool], str],
        *,
        has_message: bool = False,
        on_quit: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(window)
        self.setWindowTitle("Embedding Lab: something went wrong")
        self._context = window.context
        self._make_report = make_report
        self._on_quit = on_quit
        self.report = QPlainTextEdit()
        self.report.setReadOnly(True)
        self.report.setAccessibleName("Report")
        self.message_box = QCheckBox("Include the error's own words, which may quote your data")
        self.message_box.setVisible(has_message)
        self.message_box.toggled.connect(self._on_message_box_toggled)
        self.copy_button = Button("Copy", self._copy)
        self.save_button = Button("Save…", self._save)
        self.folder_button = Button("Open the log folder", self._open_folder)
        self.quit_button = Button("Quit", self._quit)
        self.quit_button.setVisible(on_quit is not None)
        self.continue_button = Button("Continue", self.accept, kind="primary")
        self.continue_button.setDefault(True)
        buttons = row(
            self.copy_button,
            self.save_button,
            self.folder_button,
            None,
            self.quit_button,
            self.continue_button,
        )
        layout = column(
            Label(sentence, "heading", wraps=True),
            Label(NOTHING_SENT, "muted", wraps=True),
            self.report,
            self.message_box,
            buttons,
            spacing=12,
            margins=16,
        )
        layout.setStretch(2, 1)
        self.setLayout(layout)
        self.resize(720, 480)
        self._on_message_box_toggled(False)
        self.continue_button.setFocus()

    def _on_message_box_toggled(self, wanted: bool) -> None:
        self.report.setPlainText(self._make_report(wanted))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.report.toPlainText())
        self.copy_button.setText("Copied")

    def _save(self) -> None:
        path = self._context.asker.save_file(
            "Save the report", "embedding-lab-report.txt", "Text (*.txt)"
        )
        if path is None:
            return
        try:
            path.write_text(self.report.toPlainText() + "\n", encoding="utf-8")
        except OSError as error:
            self._context.notices.error(error)

    def _open_folder(self) -> None:
        open_folder(paths.log_folder())

    def _quit(self) -> None:
        self.accept()
        if self._on_quit is not None:
            self._on_quit()
