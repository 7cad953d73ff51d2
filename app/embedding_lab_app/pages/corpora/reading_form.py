"""How the files are read: each choice begins with what was detected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QWidget

from embedding_lab.readers.options import NO_DELIMITER, TextUnit
from embedding_lab.readers.selection import Part
from embedding_lab_app.pages.corpora.preview_models import DELIMITER_TITLES
from embedding_lab_app.widgets.field import Field

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from embedding_lab.readers.options import ReadOptions
    from embedding_lab.readers.preview import ImportPreview

ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "cp1252": "Western European (cp1252)",
    "iso8859-15": "Western European (Latin-9)",
    "cp1250": "Central European (cp1250)",
    "cp1251": "Cyrillic (cp1251)",
    "koi8_r": "Cyrillic (KOI8-R)",
    "cp1253": "Greek (cp1253)",
    "cp1254": "Turkish (cp1254)",
    "cp932": "Japanese (Shift JIS)",
    "gb18030": "Chinese (GB 18030)",
    "big5": "Chinese (Big5)",
    "euc_kr": "Korean (EUC-KR)",
}
DELIMITERS = {
    ",": "Comma",
    "\t": "Tab",
    ";": "Semicolon",
    "|": "Bar",
    NO_DELIMITER: "None: one field a line",
}
HEADERS = {"yes": "First row names the columns", "no": "No header: first row is data"}
UNITS = {
    TextUnit.LINE.value: "A line",
    TextUnit.PARAGRAPH.value: "A paragraph",
    TextUnit.FILE.value: "The whole file",
}
ROOM_FOR_THREE = 600
HEADER_VALUES = {"": None, "yes": True, "no": False}


class ReadingForm(QWidget):
    """Encoding, delimiter, header, unit of text, empty texts. ``changed`` carries the options."""

    changed = Signal(dict)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.encoding = self._combo(ENCODINGS)
        self.delimiter = self._combo(DELIMITERS)
        self.header = self._combo(HEADERS)
        self.unit = self._combo(UNITS)
        self.keeps_empty = QCheckBox("Keep rows without text")
        self.keeps_empty.setToolTip("Rows with neither text nor title come in as empty rows")
        self.keeps_empty.toggled.connect(self._on_keeps_empty_toggled)
        self._fields = (
            Field("Encoding", self.encoding, "How the bytes stand for letters"),
            Field("Fields are separated by", self.delimiter, "For all tables among the files"),
            Field("Header", self.header, "Whether the first row of a table names its columns"),
            Field("One document is", self.unit, "What becomes one row of a text file"),
        )
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        self._grid = grid
        self._shown: list[Field] = []
        self._n_columns = 0
        self._place()

    def show_preview(self, preview: ImportPreview, decided: ReadOptions) -> None:
        """Show what was decided, and beside it what was detected."""
        files = [file for file in preview.files if file.part is Part.DOCUMENTS]
        first = files[0] if files else None
        formats = [file.format for file in files]
        is_table = any(name.startswith(("CSV", "TSV")) for name in formats)
        is_text = preview.kind == "text"
        is_pictures = preview.kind == "pictures"
        is_parquet = bool(formats) and all(name.startswith("Parquet") for name in formats)
        delimiter = DELIMITER_TITLES.get(first.delimiter, "") if first else ""
        header = "" if first is None else ("names the columns" if first.has_header else "none")
        unit = UNITS.get(preview.options.text_unit, "By kind of file").lower()
        self._set(self.encoding, decided.encoding, first.encoding.upper() if first else "")
        self._set(self.delimiter, decided.delimiter, delimiter if is_table else "")
        chosen = {None: "", True: "yes", False: "no"}[decided.has_header]
        self._set(self.header, chosen, header if is_table else "")
        self._set(self.unit, decided.text_unit, unit)
        blocked = self.keeps_empty.blockSignals(True)
        self.keeps_empty.setChecked(decided.keeps_empty)
        self.keeps_empty.blockSignals(blocked)
        is_tabular = is_table or is_text
        self.keeps_empty.setVisible(not is_pictures)
        self._place(not (is_parquet or is_pictures), is_tabular, is_table, is_text)

    def _place(self, *shown: bool) -> None:
        wanted = shown or (True,) * len(self._fields)
        self._shown = [
            field for field, is_shown in zip(self._fields, wanted, strict=True) if is_shown
        ]
        # Shown before it has its place, a field would be a window of its own for a moment.
        self._arrange()
        for field in self._fields:
            field.setVisible(field in self._shown)

    def _arrange(self) -> None:
        """Put the fields beside each other as far as there is room."""
        while self._grid.takeAt(0) is not None:
            pass
        n_columns = 3 if self.width() >= ROOM_FOR_THREE else 2
        for place, field in enumerate(self._shown):
            self._grid.addWidget(field, place // n_columns, place % n_columns)
        below = (len(self._shown) + n_columns - 1) // n_columns
        self._grid.addWidget(self.keeps_empty, below, 0, 1, n_columns)
        for column in range(3):
            self._grid.setColumnStretch(column, int(column < n_columns))
        self._n_columns = n_columns

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Use two columns or three."""
        super().resizeEvent(event)
        if self._n_columns != (3 if self.width() >= ROOM_FOR_THREE else 2):
            self._arrange()

    def _combo(self, titles: dict[str, str]) -> QComboBox:
        combo = QComboBox()
        combo.setMinimumContentsLength(12)
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        combo.addItem("As detected", "")
        for value, title in titles.items():
            combo.addItem(title, value)
        combo.currentIndexChanged.connect(self._on_combo_changed)
        return combo

    def _set(self, combo: QComboBox, value: str, detected: str) -> None:
        blocked = combo.blockSignals(True)
        is_guess = not value and detected
        combo.setItemText(0, f"As detected: {detected}" if is_guess else "As detected")
        combo.setCurrentIndex(max(0, combo.findData(value)))
        combo.blockSignals(blocked)

    def _on_combo_changed(self, _number: int) -> None:
        combo = self.sender()
        names: dict[Any, str] = {
            self.encoding: "encoding",
            self.delimiter: "delimiter",
            self.header: "has_header",
            self.unit: "text_unit",
        }
        if isinstance(combo, QComboBox):
            value = combo.currentData()
            name = names[combo]
            self.changed.emit({name: HEADER_VALUES[value] if name == "has_header" else value})

    def _on_keeps_empty_toggled(self, is_on: bool) -> None:
        self.changed.emit({"keeps_empty": is_on})
