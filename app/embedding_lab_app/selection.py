"""The one selection of rows, seen by every page, with undo."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack


class Selection(QObject):
    """Which rows of which corpus are selected. ``changed`` carries who changed it."""

    changed = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.undo_stack = QUndoStack(self)
        self.corpus_id = ""
        self.rows: tuple[int, ...] = ()

    def select(self, corpus_id: str, rows: tuple[int, ...], initiator: object = None) -> None:
        """Select rows, in the order given; the step can be undone."""
        if (corpus_id, rows) != (self.corpus_id, self.rows):
            self.undo_stack.push(_Select(self, corpus_id, rows, initiator))

    def clear_history(self) -> None:
        """Forget selection and undo, as when another workspace is opened."""
        self.undo_stack.clear()
        self._set("", (), None)

    def _set(self, corpus_id: str, rows: tuple[int, ...], initiator: object) -> None:
        self.corpus_id, self.rows = corpus_id, rows
        self.changed.emit(initiator)


class _Select(QUndoCommand):
    def __init__(
        self, selection: Selection, corpus_id: str, rows: tuple[int, ...], initiator: object
    ) -> None:
        super().__init__(f"selection of {len(rows):,} rows")
        self._selection = selection
        self._before = (selection.corpus_id, selection.rows)
        self._after = (corpus_id, rows)
        # Undoing is nobody's own echo: everybody shows it.
        self._initiator = initiator

    def redo(self) -> None:
        self._selection._set(*self._after, self._initiator)
        self._initiator = None

    def undo(self) -> None:
        self._selection._set(*self._before, None)
