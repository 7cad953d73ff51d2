"""A table header with a choice of meaning under each column's name."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt, Signal
from PySide6.QtWidgets import QComboBox, QHeaderView, QTableView, QWidget

from embedding_lab.types import ColumnRole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPainter, QResizeEvent

    from embedding_lab.readers.preview import ColumnPreview

NAME_HEIGHT = 28
COMBO_HEIGHT = 30
GAP = 4
ROLE_TITLES = {
    ColumnRole.TEXT: "Text",
    ColumnRole.TITLE: "Title",
    ColumnRole.ID: "Id",
    ColumnRole.LABEL: "Label",
    ColumnRole.SCORE: "Score",
    ColumnRole.IMAGE: "Image",
    ColumnRole.QUERY: "Query",
    ColumnRole.POSITIVE: "Positive",
    ColumnRole.NEGATIVE: "Negative",
    ColumnRole.OTHER: "Other",
    ColumnRole.IGNORE: "Leave out",
}


class RoleHeader(QHeaderView):
    """``role_chosen`` carries a column's name and the role chosen for it."""

    role_chosen = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.combos: dict[str, QComboBox] = {}
        self._order: list[QComboBox] = []
        self.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.sectionResized.connect(self._place)
        self.geometriesChanged.connect(self._place)

    def show_columns(self, columns: Sequence[ColumnPreview]) -> None:
        """Put a choice above each column, set to what was guessed or decided."""
        if list(self.combos) != [column.name for column in columns]:
            self._make_combos(columns)
        for column, combo in zip(columns, self._order, strict=True):
            blocked = combo.blockSignals(True)
            combo.setCurrentIndex(combo.findData(column.role.value))
            combo.blockSignals(blocked)
            combo.setToolTip(f"{ROLE_TITLES[column.role]}: {column.reason}")
        self._place()

    def sizeHint(self) -> QSize:
        """Make room for name and choice."""
        return QSize(super().sizeHint().width(), NAME_HEIGHT + COMBO_HEIGHT + GAP)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the choices above their columns."""
        super().resizeEvent(event)
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Bring a column into view when Tab comes to its choice."""
        table = self.parentWidget()
        if event.type() is QEvent.Type.FocusIn and isinstance(table, QTableView):
            section = self._order.index(watched) if watched in self._order else -1
            if section >= 0 and self.model().rowCount():
                table.scrollTo(self.model().index(0, section))
        return super().eventFilter(watched, event)

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        """Paint the name in the upper part; the choice covers the lower one."""
        painter.save()
        super().paintSection(painter, rect.adjusted(0, 0, 0, -COMBO_HEIGHT - GAP), section)
        painter.restore()

    def _make_combos(self, columns: Sequence[ColumnPreview]) -> None:
        for combo in self._order:
            combo.hide()
            combo.deleteLater()
        self.combos, self._order = {}, []
        for column in columns:
            combo = QComboBox(self.viewport())
            combo.setAccessibleName(f"What the column {column.name} means")
            for role, title in ROLE_TITLES.items():
                combo.addItem(title, role.value)
            combo.setProperty("column", column.name)
            combo.currentIndexChanged.connect(self._on_combo_changed)
            combo.installEventFilter(self)
            combo.show()
            self.combos[column.name] = combo
            self._order.append(combo)
        # Tab comes to them from the table they belong to, not at the end of the page.
        table = self.parentWidget()
        for before, after in pairwise([table or self, *self._order]):
            self.setTabOrder(before, after)

    def _place(self) -> None:
        for section, combo in enumerate(self._order):
            if section >= self.count():
                combo.hide()
                continue
            x, width = self.sectionViewportPosition(section), self.sectionSize(section)
            combo.setGeometry(x + GAP, NAME_HEIGHT, width - 2 * GAP, COMBO_HEIGHT)
            combo.show()

    def _on_combo_changed(self, _number: int) -> None:
        combo = self.sender()
        if isinstance(combo, QComboBox):
            self.role_chosen.emit(str(combo.property("column")), str(combo.currentData()))
