"""Search results as a table model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from embedding_lab.search.highlight import Highlight, highlight

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Index = QModelIndex | QPersistentModelIndex
HIT_ROLE = Qt.ItemDataRole.UserRole
RANK, SCORE, RESULT, LABEL, ID = range(5)
TITLES = ("#", "Score", "Result", "Label", "Id")


@dataclass(frozen=True)
class Hit:
    """One result, with what of its text is worth showing, and its picture's digest if any."""

    rank: int
    row: int
    id: str
    score: float
    title: str
    text: str
    label: str
    shown: Highlight
    picture: str = ""
    thumbnail: bytes = b""

    @property
    def snippet(self) -> str:
        """The part of the text that is shown, on one line."""
        part = self.text[self.shown.start : self.shown.stop]
        # One character for one character, so that the marked spans stay where they are.
        return part.replace("\n", " ").replace("\t", " ").replace("\r", " ")

    @property
    def marks(self) -> list[tuple[int, int]]:
        """The marked spans as (first character, length) within the snippet."""
        first = self.shown.start
        return [(start - first, stop - start) for start, stop in self.shown.spans]


def hits_of(result: dict[str, Any], pictures: Mapping[str, bytes]) -> list[Hit]:
    """Return the hits of a search's result, with the small copies of their pictures."""
    return [
        Hit(
            rank=item["rank"],
            row=item["row"],
            id=item["id"],
            score=item["score"],
            title=item.get("title", ""),
            text=item["text"],
            label=item.get("label", ""),
            shown=highlight(item["text"], result["query"]),
            picture=item.get("picture", ""),
            thumbnail=pictures.get(item.get("picture", ""), b""),
        )
        for item in result["results"]
    ]


class ResultsModel(QAbstractTableModel):
    """The hits, best first."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.hits: list[Hit] = []

    def show_hits(self, hits: Sequence[Hit]) -> None:
        """Replace the hits."""
        self.beginResetModel()
        self.hits = list(hits)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Return how many hits there are."""
        return 0 if parent.isValid() else len(self.hits)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(TITLES)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return a column's title."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return TITLES[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a cell shows, says to a screen reader, or gives to a copy."""
        if not index.isValid():
            return None
        hit = self.hits[index.row()]
        if role == HIT_ROLE:
            return hit
        if role == Qt.ItemDataRole.DisplayRole:
            return self._shown(hit, index.column())
        if role == Qt.ItemDataRole.EditRole and index.column() == RESULT:
            return f"{hit.title} {hit.text}".strip()
        if role == Qt.ItemDataRole.AccessibleTextRole and index.column() == RESULT:
            return f"{hit.title}. {hit.snippet}"
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() in {RANK, SCORE}:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def _shown(self, hit: Hit, column: int) -> str:
        values = {
            RANK: str(hit.rank),
            SCORE: f"{hit.score:.3f}",
            RESULT: hit.title or hit.snippet,
            LABEL: hit.label,
            ID: hit.id,
        }
        return values[column]
