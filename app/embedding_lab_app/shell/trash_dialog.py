"""The workspace's trash: put things back, or delete them for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab.errors import LabError
from embedding_lab_app.context import KINDS
from embedding_lab_app.shell.kept_dialog import KeptDialog
from embedding_lab_app.widgets.buttons import Button
from embedding_lab_app.widgets.wording import day, size

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from embedding_lab_app.context import AppContext


class TrashDialog(KeptDialog):
    """Lists what was deleted, newest first."""

    def __init__(self, context: AppContext, parent: QWidget) -> None:
        super().__init__("Trash", "Deleted things", parent)
        self._context = context
        self._trash = context.workspace.trash
        self.restore_button = Button("Put back", self._restore)
        self.empty_button = Button("Empty the trash…", self._empty, kind="danger")
        self.lay_out(buttons=(self.restore_button, self.empty_button))
        self._reload()

    def _reload(self) -> None:
        self._items = self._trash.items()
        self.show_lines(
            [
                f"{item.kind.capitalize()} {item.name} · {size(item.n_bytes)} · {day(item.deleted)}"
                for item in self._items
            ],
            f"{len(self._items):,} deleted, {self._total()}" if self._items else "Nothing here.",
        )
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
        if self._context.asker.confirm(
            "Empty the trash",
            f"Delete {len(self._items):,} things ({self._total()}) for good? There is no way back.",
            "Delete for good",
            is_dangerous=True,
        ):
            self._trash.empty()
            self._reload()
            self._context.announce("trash")

    def _total(self) -> str:
        return size(sum(item.n_bytes for item in self._items))
