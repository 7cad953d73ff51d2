"""The list of corpora on the left: name, rows, and what embedded them."""

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

from embedding_lab_app.widgets.wording import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.vector_set import VectorSet
    from embedding_lab_app.theme import Theme

Index = QModelIndex | QPersistentModelIndex
FACTS_ROLE = Qt.ItemDataRole.UserRole
LINE_HEIGHT = 20
ITEM_HEIGHT = 52
INDENT = 12


@dataclass(frozen=True)
class CorpusLine:
    """One corpus in two lines."""

    corpus_id: str
    name: str
    facts: str


def corpus_line(corpus: Corpus, vector_sets: Sequence[VectorSet]) -> CorpusLine:
    """Return name, number of rows and what embedded them."""
    encoders = list(dict.fromkeys(item.meta.encoder_name for item in vector_sets if item.n_rows))
    embedded = ", ".join(encoders) if encoders else "not embedded"
    return CorpusLine(corpus.id, corpus.name, f"{count(corpus.n_rows, 'row')} · {embedded}")


class CorpusListModel(QAbstractListModel):
    """All corpora of the workspace, oldest first."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lines: list[CorpusLine] = []

    def show_lines(self, lines: Sequence[CorpusLine]) -> None:
        """Show other corpora."""
        self.beginResetModel()
        self._lines = list(lines)
        self.endResetModel()

    def line(self, row: int) -> CorpusLine:
        """Return what stands in a row."""
        return self._lines[row]

    def row_of(self, corpus_id: str) -> int:
        """Return the row of a corpus, -1 if it is not there."""
        ids = [line.corpus_id for line in self._lines]
        return ids.index(corpus_id) if corpus_id in ids else -1

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Return how many corpora there are."""
        return 0 if parent.isValid() else len(self._lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a corpus's name, its facts, or both for a screen reader."""
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


class CorpusDelegate(QStyledItemDelegate):
    """Paints the name, and the facts below it in the muted colour."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the same height for every line."""
        return QSize(0, ITEM_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one corpus."""
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


class CorpusList(QListView):
    """The corpora to choose from. ``corpus_chosen`` carries an id."""

    corpus_chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Corpora")
        self.setObjectName("corpus-list")
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.lines = CorpusListModel(self)
        self.setModel(self.lines)
        self.setItemDelegate(CorpusDelegate(theme, self))
        self.selectionModel().currentChanged.connect(self._on_current_changed)

    @property
    def chosen(self) -> str:
        """The id of the chosen corpus; empty for none."""
        index = self.currentIndex()
        return self.lines.line(index.row()).corpus_id if index.isValid() else ""

    def show_lines(self, lines: Sequence[CorpusLine], chosen: str) -> None:
        """Show other corpora without telling anybody that the choice changed."""
        blocked = self.selectionModel().blockSignals(True)
        self.lines.show_lines(lines)
        self.selectionModel().blockSignals(blocked)
        self.choose(chosen)

    def choose(self, corpus_id: str) -> None:
        """Mark a corpus as chosen."""
        row = self.lines.row_of(corpus_id)
        blocked = self.selectionModel().blockSignals(True)
        if row >= 0:
            self.setCurrentIndex(self.lines.index(row, 0))
        else:
            self.clearSelection()
        self.selectionModel().blockSignals(blocked)
        self.viewport().update()

    def _on_current_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid():
            self.corpus_chosen.emit(self.lines.line(current.row()).corpus_id)
