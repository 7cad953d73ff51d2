"""The small tables of a preview: files and first rows."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from embedding_lab.readers.options import NO_DELIMITER
from embedding_lab_app.widgets.wording import size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedding_lab.readers.preview import FilePreview, ImportPreview

Index = QModelIndex | QPersistentModelIndex
FILE_HEADERS = ("file", "format", "encoding", "fields", "size", "what is read", "notes")
DELIMITER_TITLES = {
    "": "",
    ",": "comma",
    ";": "semicolon",
    "\t": "tab",
    "|": "bar",
    " ": "space",
    ":": "colon",
    NO_DELIMITER: "one a line",
}
SHOWN_CHARACTERS = 300


class TextTableModel(QAbstractTableModel):
    """A small table of texts."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._headers: Sequence[str] = ()
        self._rows: Sequence[Sequence[str]] = ()

    def show_rows(self, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Show another table."""
        self.beginResetModel()
        self._headers, self._rows = headers, rows
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Return how many rows there are."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(self._headers)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return a column's title."""
        is_title = orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole
        return self._headers[section] if is_title and 0 <= section < len(self._headers) else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell: its beginning to show, all of it to copy."""
        if not index.isValid():
            return None
        value = self._rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return " ".join(value[: 2 * SHOWN_CHARACTERS].split())[:SHOWN_CHARACTERS]
        return value if role in {Qt.ItemDataRole.EditRole, Qt.ItemDataRole.ToolTipRole} else None


def file_rows(preview: ImportPreview) -> list[tuple[str, ...]]:
    """Return a line for each file that was looked at."""
    rows = [_file_row(file) for file in preview.files]
    more = preview.n_files - len(preview.files)
    return [*rows, (f"… and {more:,} more", *("",) * 6)] if more > 0 else rows


def _file_row(file: FilePreview) -> tuple[str, ...]:
    fields = DELIMITER_TITLES.get(file.delimiter, file.delimiter)
    if fields:
        fields += ", with header" if file.has_header else ", no header"
    part = f"{file.part.value} ({file.split})" if file.split else file.part.value
    return (
        PurePath(file.path).name,
        file.format,
        file.encoding,
        fields,
        size(file.n_bytes),
        part,
        " ".join(file.notes),
    )
