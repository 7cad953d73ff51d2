"""The backups that upgrades left in the workspace: how large they are, and deleting them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication

from embedding_lab.errors import LabError
from embedding_lab.workspace.backups import delete_backup, list_backups
from embedding_lab_app.shell.kept_dialog import KeptDialog
from embedding_lab_app.widgets.buttons import Button
from embedding_lab_app.widgets.copy_lines import command_line
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.wording import count, day, size

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from embedding_lab_app.context import AppContext

TITLE, DELETE = "Backups", "Delete backups"
NOTHING = "There are no backups. One is made before a workspace is upgraded."
BACK = (
    "The way back to a backup is a command: copy it here, close the window, and run it in a "
    "terminal."
)


class BackupsDialog(KeptDialog):
    """Lists the backups, newest first."""

    def __init__(self, context: AppContext, parent: QWidget) -> None:
        super().__init__(TITLE, "Backups of this workspace", parent)
        self._context = context
        self.way_back = Label(BACK, "small", wraps=True)
        self.copy_button = Button("Copy the command", self._copy)
        self.delete_button = Button("Delete…", self._delete, kind="danger")
        self.delete_all_button = Button("Delete all…", self._delete_all, kind="danger")
        self.lay_out(
            self.way_back, buttons=(self.copy_button, self.delete_button, self.delete_all_button)
        )
        self._reload()

    def _reload(self) -> None:
        workspace = self._context.workspace
        self._backups = list_backups(workspace.folder)[::-1]
        total = size(sum(backup.n_bytes for backup in self._backups))
        self.show_lines(
            [
                f"{day(backup.created)} · {backup.reason} · {size(backup.n_bytes)}"
                for backup in self._backups
            ],
            f"{count(len(self._backups), 'backup')}, {total}" if self._backups else NOTHING,
        )
        self.way_back.setVisible(bool(self._backups))
        self.copy_button.setEnabled(bool(self._backups))
        for button in (self.delete_button, self.delete_all_button):
            button.setEnabled(bool(self._backups) and workspace.is_writable)
            button.setToolTip(workspace.why_read_only)

    def _copy(self) -> None:
        number = self.list.currentRow()
        if number >= 0:
            words = ["workspace", "restore-backup", "--name", self._backups[number].name]
            command = command_line(self._context.workspace.folder, words)
            QGuiApplication.clipboard().setText(command)
            self._context.notices.info("The command is copied.")

    def _delete(self) -> None:
        number = self.list.currentRow()
        if number < 0:
            return
        backup = self._backups[number]
        if self._is_meant(f"Delete the backup of {day(backup.created)} ({size(backup.n_bytes)})"):
            self._delete_these(number)

    def _delete_all(self) -> None:
        total = size(sum(backup.n_bytes for backup in self._backups))
        if self._is_meant(f"Delete {count(len(self._backups), 'backup')} ({total})"):
            self._delete_these(*range(len(self._backups)))

    def _is_meant(self, question: str) -> bool:
        return self._context.asker.confirm(
            DELETE,
            f"{question} for good? The workspace stays as it is, but can no longer be taken back "
            "to that state.",
            "Delete for good",
            is_dangerous=True,
        )

    def _delete_these(self, *numbers: int) -> None:
        try:
            for number in numbers:
                delete_backup(self._backups[number])
        except (LabError, OSError) as error:
            self._context.notices.error(error)
        self._reload()
