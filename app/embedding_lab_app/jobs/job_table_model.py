"""The history of jobs as a table model."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from embedding_lab.jobs.events import JobState
from embedding_lab.jobs.record import RunRecord, list_runs, read_run

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab_app.jobs.runner import JobRunner

COLUMNS = ("Job", "State", "Done", "Started", "Message")
Index = QModelIndex | QPersistentModelIndex


class JobTableModel(QAbstractTableModel):
    """All recorded runs of the workspace, newest first; live ones with their progress."""

    def __init__(self, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._folder: Path | None = None
        self._records: list[RunRecord] = []
        runner.job_changed.connect(self._on_job_changed)

    def show_folder(self, runs_folder: Path | None) -> None:
        """Read the history of another workspace."""
        self._folder = runs_folder
        self.reload()

    def reload(self) -> None:
        """Read all records again."""
        self.beginResetModel()
        self._records = list_runs(self._folder) if self._folder else []
        self.endResetModel()

    def record(self, row: int) -> RunRecord:
        """Return the run in a row, as its folder tells it now."""
        return read_run(self._records[row].folder)

    def row_of(self, run_id: str) -> int:
        """Return the row of a run, -1 if it has none."""
        ids = [record.id for record in self._records]
        return ids.index(run_id) if run_id in ids else -1

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Return how many runs there are."""
        return 0 if parent.isValid() else len(self._records)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return a column's title."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell's text."""
        if not index.isValid() or role != Qt.ItemDataRole.DisplayRole:
            return None
        return self._cell(self._records[index.row()], index.column())

    def _cell(self, record: RunRecord, column: int) -> str:
        entry = self._runner.entry(record.id)
        state = entry.state if entry else record.state
        if column == 0:
            return record.title
        if column == 1:
            is_paused = entry is not None and entry.token.is_paused
            return JobState.PAUSED.value if is_paused else state.value
        if column == 2:
            step = entry.progress.step if entry and entry.progress else record.step
            total = entry.progress.total if entry and entry.progress else record.total
            return f"{step:,} / {total:,} {record.unit}" if total else ""
        if column == 3:
            return time.strftime("%Y-%m-%d %H:%M", time.localtime(record.created))
        return record.message

    def _on_job_changed(self, run_id: str) -> None:
        row = self.row_of(run_id)
        entry = self._runner.entry(run_id)
        if row < 0:
            if entry is not None and entry.is_shown and entry.folder is not None:
                self.beginInsertRows(QModelIndex(), 0, 0)
                self._records.insert(0, read_run(entry.folder))
                self.endInsertRows()
            return
        if not self._records[row].folder.exists():
            self.beginRemoveRows(QModelIndex(), row, row)
            del self._records[row]
            self.endRemoveRows()
            return
        if entry is not None and entry.state.is_final:
            self._records[row] = read_run(self._records[row].folder)
        self.dataChanged.emit(self.index(row, 0), self.index(row, len(COLUMNS) - 1))
