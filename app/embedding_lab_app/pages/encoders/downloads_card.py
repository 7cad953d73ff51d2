"""What was downloaded from a hub, with its size, and a way to free the room it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from embedding_lab_app.widgets.buttons import Button
from embedding_lab_app.widgets.data_table import ROW_HEIGHT, DataTable
from embedding_lab_app.widgets.labels import ElidedLabel
from embedding_lab_app.widgets.layout import column, row
from embedding_lab_app.widgets.records_model import RecordsModel
from embedding_lab_app.widgets.surfaces import Card
from embedding_lab_app.widgets.wording import count, day, size

if TYPE_CHECKING:
    from embedding_lab_app.pages.encoders.downloads import Downloads

COLUMNS = (
    ("repository", "Encoder"), ("megabytes", "MB"), ("downloaded", "Downloaded"),
    ("encoders", "Used here by"),
)  # fmt: skip
# More than these scroll.
MOST_ROWS = 8


class DownloadsCard(QWidget):
    """Shows what lies in the folder of downloads; nothing, while that is empty."""

    def __init__(self, downloads: Downloads) -> None:
        super().__init__()
        self._downloads = downloads
        self.model = RecordsModel(COLUMNS, self)
        self.table = DataTable("Downloaded encoders")
        self.table.setModel(self.model)
        self.table.set_widths(240, 72, 112, 140)
        self.table.stretch(0)
        self.table.setSelectionMode(DataTable.SelectionMode.SingleSelection)
        self.table.selectionModel().selectionChanged.connect(self._on_table_selection_changed)
        shortcut = QShortcut(QKeySequence("Del"), self.table)
        shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
        shortcut.activated.connect(self._delete)
        self.total = ElidedLabel("", "muted")
        self.delete_button = Button("Delete…", self._delete)
        foot = row(self.total, self.delete_button)
        foot.setStretch(0, 1)
        self._card = Card("Downloaded encoders", self.table, foot)
        self.setLayout(column(self._card, None))
        downloads.changed.connect(self._on_downloads_changed)
        self._on_downloads_changed()

    def _on_downloads_changed(self) -> None:
        items = self._downloads.items
        self._card.setVisible(bool(items))
        self.model.show_records([_line(item) for item in items])
        n_rows = min(len(items), MOST_ROWS)
        frame = 2 * self.table.frameWidth()
        head = self.table.horizontalHeader().sizeHint().height()
        self.table.setFixedHeight(n_rows * ROW_HEIGHT + head + frame)
        n_bytes = sum(item["n_bytes"] for item in items)
        self.total.setText(
            f"{count(len(items), 'encoder')}, {size(n_bytes)} in {self._downloads.folder}"
        )
        self._show_act()

    def _show_act(self) -> None:
        is_busy = self._downloads.is_deleting
        self.delete_button.setText("Deleting…" if is_busy else "Delete…")
        self.delete_button.setEnabled(bool(self.table.selected_rows()) and not is_busy)
        self.delete_button.setToolTip(
            "Delete the files of the selected encoder for good"
            if self.table.selected_rows()
            else "Select an encoder above"
        )

    def _delete(self) -> None:
        rows = self.table.selected_rows()
        if rows and not self._downloads.is_deleting:
            self._downloads.delete(self._downloads.items[rows[0]])

    def _on_table_selection_changed(self, *_: object) -> None:
        self._show_act()


def _line(item: dict[str, Any]) -> dict[str, Any]:
    finished = day(item["finished"]).split()[0] if item["finished"] else ""
    return {
        "repository": item["repository"],
        "megabytes": item["n_bytes"] / 1e6,
        "downloaded": finished if item["is_whole"] else "unfinished",
        "encoders": ", ".join(item["encoders"]),
    }
