"""The workspace's trash: put things back, or delete them for good."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QDialog, QListWidget, QListWidgetItem, QWidget

from embedding_lab.errors import LabError
from embedding_lab_app.context import KINDS
from embedding_lab_app.widgets.buttons import Button
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import column, row

if TYPE_CHECKING:
    from embedding_lab_app.context import AppContext


class TrashDialog(QDialog):
    """Lists what was deleted, newest first."""

    def __init__(self, context: AppContext, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Trash")
        self._context = context
        self._trash = context.workspace.trash
        self.list = QListWidget()
        self.list.setAccessibleName("Deleted things")
        self.list.setUniformItemSizes(True)
        self.note = Label("", "muted")
        self.restore_button = Button("Put back", self._restore)
        self.empty_button = Button("Empty the trash…", self._empty, kind="danger")
        buttons = row(self.restore_button, self.empty_button, None, Button("Close", self.accept))
        self.setLayout(column(self.note, self.list, buttons, spacing=12, margins=16))
        self.resize(520, 360)
        self._reload()

    def _reload(self) -> None:
        self._items = self._trash.items()
        self.list.clear()
        for item in self._items:
            when = time.strftime("%Y-%m-%d %H:%M", time.localtime(item.deleted))
            line = QListWidgetItem(
                f"{item.kind.capitalize()} {item.name} · {item.n_bytes / 1e6:,.1f} MB · {when}"
            )
            line.setSizeHint(QSize(0, 28))
            self.list.addItem(line)
        self.list.setCurrentRow(0)
        total = sum(item.n_bytes for item in self._items) / 1e6
        said = f"{len(self._items):,} deleted, {total:,.1f} MB" if self._items else "Nothing here."
        self.note.setText(said)
        can_change = bool(self._items) and self._context.workspace.is_writable
        self.restore_button.setEnabled(can_change)
        self.empty_button.setEnabled(can_change)

    def _restore(self) -> None:
        number = self.list.currentRow()
        if number < 0:
            return
        try:
            self._trash.restore(self._items[number].id)
        except LabError as error:
            self._context.notices.error(error)
        self._reload()
        self._context.announce(*KINDS)

    def _empty(self) -> None:
        total = sum(item.n_bytes for item in self._items) / 1e6
        if self._context.asker.confirm(
            "Empty the trash",
            f"Delete {len(self._items):,} things ({total:,.1f} MB) for good? There is no way back.",
            "Delete for good",
            is_dangerous=True,
        ):
            self._trash.empty()
            self._reload()
            self._context.announce("trash")
