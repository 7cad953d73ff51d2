"""The command palette: every command, page, corpus and encoder by name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QDialog,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from embedding_lab.encoders.store import EncoderStore
from embedding_lab.workspace.workspace import WORKSPACE_FILE
from embedding_lab_app.widgets.field import SearchField
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import column

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QModelIndex, QPersistentModelIndex

    from embedding_lab_app.context import AppContext
    from embedding_lab_app.theme import Theme

MOST_SHOWN = 50


@dataclass(frozen=True)
class PaletteItem:
    """One thing the palette leads to."""

    title: str
    kind: str
    run: Callable[[], None]
    keywords: str = ""


def palette_items(context: AppContext) -> list[PaletteItem]:
    """Return everything that can be done or opened right now."""
    items = [
        PaletteItem(
            action.plain_title,
            " · ".join(part for part in (action.plain_menu, action.shortcut) if part),
            action.run,
            action.keywords,
        )
        for action in context.actions
        if action.is_enabled()
    ]
    items += [
        PaletteItem(corpus.name, "Corpus", partial(context.navigate, "corpora", corpus=corpus.id))
        for corpus in context.workspace.corpora()
    ]
    items += [
        PaletteItem(
            record.name, "Encoder", partial(context.navigate, "encoders", encoder=record.id)
        )
        for record in EncoderStore(context.workspace).list()
    ]
    items += [
        PaletteItem(
            folder.stem,
            "Recent workspace",
            partial(context.workspace_requested.emit, folder),
            str(folder),
        )
        for folder in context.recent_workspaces()
        if (folder / WORKSPACE_FILE).exists()
    ]
    return items


def score(item: PaletteItem, typed: str) -> int:
    """Return how well an item fits what was typed; 0 if its letters do not even occur in order."""
    wanted = typed.casefold().strip()
    if not wanted:
        return 1
    title = item.title.casefold()
    if title.startswith(wanted):
        return 100
    if any(word.startswith(wanted) for word in title.split()):
        return 80
    if wanted in title:
        return 60
    if wanted in f"{item.kind} {item.keywords}".casefold():
        return 40
    letters = iter(title)
    return 20 if all(letter in letters for letter in wanted if letter != " ") else 0


class KindDelegate(QStyledItemDelegate):
    """Draws at the right end of each line of what kind it is, or its keys."""

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Paint the line, then its end."""
        super().paint(painter, option, index)
        item: PaletteItem = index.data(Qt.ItemDataRole.UserRole)
        painter.save()
        painter.setPen(self._theme.colour("muted"))
        end = option.rect.adjusted(0, 0, -12, 0)
        painter.drawText(
            end, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, item.kind
        )
        painter.restore()


class PaletteDialog(QDialog):
    """A field and the things that fit it; Return runs the marked one."""

    def __init__(self, context: AppContext, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Commands")
        self.setAccessibleName("Find a command, corpus or encoder")
        self._items = palette_items(context)
        self.field = SearchField(
            context.theme.icon("magnifying-glass"), "Type a command, a corpus or an encoder"
        )
        self.list = QListWidget()
        self.list.setAccessibleName("What fits")
        self.list.setItemDelegate(KindDelegate(context.theme, self.list))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.nothing = Label("No command, corpus or encoder fits.", "muted")
        layout = column(self.field, self.list, self.nothing, None, margins=12)
        layout.setStretch(1, 1000)
        self.setLayout(layout)
        self.resize(560, 400)
        self.field.textChanged.connect(self._on_text_changed)
        self.field.returnPressed.connect(self._run_current)
        self.list.itemClicked.connect(self._on_item_clicked)
        self.field.installEventFilter(self)
        self._on_text_changed("")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrow keys move in the list while one types."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()), 0)
            if step:
                row = self.list.currentRow() + step
                self.list.setCurrentRow(max(0, min(self.list.count() - 1, row)))
                return True
        return super().eventFilter(watched, event)

    def _on_text_changed(self, typed: str) -> None:
        scored = [(score(item, typed), item) for item in self._items]
        fitting = sorted((pair for pair in scored if pair[0]), key=lambda pair: -pair[0])
        self.list.clear()
        for _, item in fitting[:MOST_SHOWN]:
            row = QListWidgetItem(item.title)
            row.setData(Qt.ItemDataRole.UserRole, item)
            row.setData(Qt.ItemDataRole.AccessibleTextRole, f"{item.title}, {item.kind}")
            self.list.addItem(row)
        self.list.setCurrentRow(0)
        self.list.setHidden(not fitting)
        self.nothing.setHidden(bool(fitting))

    def _on_item_clicked(self, _item: QListWidgetItem) -> None:
        self._run_current()

    def _run_current(self) -> None:
        current = self.list.currentItem()
        if current is None:
            return
        item: PaletteItem = current.data(Qt.ItemDataRole.UserRole)
        self.accept()
        item.run()
