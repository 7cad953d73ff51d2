"""A list of named things in two lines each: corpora, encoders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedding_lab_app.theme import Theme

Index = QModelIndex | QPersistentModelIndex
FACTS_ROLE = Qt.ItemDataRole.UserRole
LINE_HEIGHT = 20
ITEM_HEIGHT = 52
INDENT = 12


@dataclass(frozen=True)
class NamedLine:
    """One thing in two lines: its name, and the facts below."""

    id: str
    name: str
    facts: str


class NamedListModel(QAbstractListModel):
    """The lines, in the order they were given."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lines: list[NamedLine] = []

    def show_lines(self, lines: Sequence[NamedLine]) -> None:
        """Show other things."""
        self.beginResetModel()
        self._lines = list(lines)
        self.endResetModel()

    def line(self, row: int) -> NamedLine:
        """Return what stands in a row."""
        return self._lines[row]

    def row_of(self, item_id: str) -> int:
        """Return the row of a thing, -1 if it is not there."""
        ids = [line.id for line in self._lines]
        return ids.index(item_id) if item_id in ids else -1

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Return how many there are."""
        return 0 if parent.isValid() else len(self._lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the name, the facts, or both for a screen reader."""
        if not index.isValid():
            return None
        line = self._lines[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return line.name
        if role == FACTS_ROLE:
            return line.facts
        if role in {Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole}:
            return f"{line.name}: {line.facts}"
        return None


class NamedDelegate(QStyledItemDelegate):
    """Paints the name, and the facts below it in the muted colour."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the same height for every line."""
        return QSize(0, ITEM_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one line."""
        state, rect = option.state, option.rect
        is_selected = bool(state & QStyle.StateFlag.State_Selected)
        is_hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        if is_selected or is_hovered:
            painter.fillRect(rect, self._theme.colour("selection" if is_selected else "raised"))
        if is_selected:
            painter.fillRect(rect.x(), rect.y(), 3, rect.height(), self._theme.colour("accent"))
        inner = rect.adjusted(INDENT, 6, -8, -6)
        for number, (role, token) in enumerate(
            ((Qt.ItemDataRole.DisplayRole, "text"), (FACTS_ROLE, "muted"))
        ):
            font = painter.font()
            if number:
                font.setPixelSize(12)
            painter.setFont(font)
            metrics = QFontMetrics(font)
            text = metrics.elidedText(
                str(index.data(role)), Qt.TextElideMode.ElideRight, inner.width()
            )
            painter.setPen(self._theme.colour(token))
            line = inner.adjusted(0, number * LINE_HEIGHT, 0, 0)
            line.setHeight(LINE_HEIGHT)
            painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        painter.restore()


class NamedList(QListView):
    """The things to choose from. ``item_chosen`` carries an id."""

    item_chosen = Signal(str)

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.lines = NamedListModel(self)
        self.setModel(self.lines)
        self.setItemDelegate(NamedDelegate(theme, self))
        self.selectionModel().currentChanged.connect(self._on_current_changed)

    @property
    def chosen(self) -> str:
        """The id of the chosen thing; empty for none."""
        index = self.currentIndex()
        return self.lines.line(index.row()).id if index.isValid() else ""

    def show_lines(self, lines: Sequence[NamedLine], chosen: str) -> None:
        """Show other things without telling anybody that the choice changed."""
        blocked = self.selectionModel().blockSignals(True)
        self.lines.show_lines(lines)
        self.selectionModel().blockSignals(blocked)
        self.choose(chosen)

    def choose(self, item_id: str) -> None:
        """Mark a thing as chosen."""
        row = self.lines.row_of(item_id)
        blocked = self.selectionModel().blockSignals(True)
        if row >= 0:
            self.setCurrentIndex(self.lines.index(row, 0))
        else:
            self.clearSelection()
        self.selectionModel().blockSignals(blocked)
        self.viewport().update()

    def _on_current_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid():
            self.item_chosen.emit(self.lines.line(current.row()).id)
