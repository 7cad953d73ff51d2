"""The vector sets of a corpus as a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from embedding_lab.storage import folder_bytes
from embedding_lab_app.pages.corpora.embed_plan import standing
from embedding_lab_app.widgets.wording import day, size

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from embedding_lab.embedding_prompts.hierarchical_prompt import HierarchicalPrompt
    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.vector_set import VectorSet

Index = QModelIndex | QPersistentModelIndex
HEADERS = (
    "encoder", "standing", "rows", "truncated", "dimension", "size", "rows/s", "precision",
    "prompt", "made",
)  # fmt: skip
RIGHT_ALIGNED = frozenset({"rows", "truncated", "dimension", "size", "rows/s"})


@dataclass(frozen=True)
class VectorSetLine:
    """One vector set in words."""

    vector_set: VectorSet
    cells: tuple[str, ...]


def vector_set_line(
    corpus: Corpus,
    vector_set: VectorSet,
    records: Sequence[EncoderRecord],
    prompts: Mapping[str, HierarchicalPrompt],
) -> VectorSetLine:
    """Return what the table says of a vector set."""
    meta, state = vector_set.meta, vector_set.state
    rate = f"{state.n_rows / state.seconds:,.0f}" if state.seconds else ""
    cells = (
        meta.encoder_name,
        standing(corpus, vector_set, records, prompts),
        f"{state.n_rows:,}",
        f"{state.n_truncated:,}",
        f"{meta.dimension:,}",
        size(folder_bytes(vector_set.folder)),
        rate,
        meta.precision,
        meta.embedding_prompt or meta.prompt,
        day(meta.created),
    )
    return VectorSetLine(vector_set, cells)


class VectorSetsModel(QAbstractTableModel):
    """What is embedded, oldest first."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lines: list[VectorSetLine] = []

    def show_lines(self, lines: Sequence[VectorSetLine]) -> None:
        """Show other vector sets."""
        self.beginResetModel()
        self._lines = list(lines)
        self.endResetModel()

    def vector_set(self, row: int) -> VectorSet:
        """Return the vector set in a row."""
        return self._lines[row].vector_set

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Return how many vector sets there are."""
        return 0 if parent.isValid() else len(self._lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(HEADERS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return a column's title and how it is aligned."""
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(HEADERS):
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        return HEADERS[section] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell."""
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(index.column())
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole}:
            return self._lines[index.row()].cells[index.column()]
        return None


def _alignment(column: int) -> Qt.AlignmentFlag:
    is_right = HEADERS[column] in RIGHT_ALIGNED
    side = Qt.AlignmentFlag.AlignRight if is_right else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
