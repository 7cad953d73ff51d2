"""The Jobs panel: history, log and result of every job, and taking them up again."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QItemSelection, Qt
from PySide6.QtWidgets import QPlainTextEdit, QSplitter, QWidget

from embedding_lab.errors import LabError
from embedding_lab_app.jobs.job_table_model import JobTableModel
from embedding_lab_app.widgets.buttons import Button
from embedding_lab_app.widgets.data_table import DataTable
from embedding_lab_app.widgets.layout import boxed, column, row

if TYPE_CHECKING:
    from embedding_lab.jobs.events import Event
    from embedding_lab.jobs.record import RunRecord
    from embedding_lab.workspace.workspace import Workspace
    from embedding_lab_app.jobs.runner import JobRunner
    from embedding_lab_app.notices import Notices


class JobsPanel(QWidget):
    """Table of runs on the left, the selected run's log on the right."""

    def __init__(self, runner: JobRunner, notices: Notices, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._notices = notices
        self.model = JobTableModel(runner, self)
        self.table = DataTable("Jobs, newest first")
        self.table.setModel(self.model)
        self.table.set_widths(248, 96, 144, 152)
        self.table.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self.log = QPlainTextEdit()
        self.log.setReadOnly(True)
        self.log.setAccessibleName("Log of the selected job")
        self.log.setPlaceholderText("Select a job to see its log.")
        self.continue_button = Button("Continue", self._continue)
        self.retry_button = Button("Retry", self._retry)
        self.cancel_button = Button("Cancel", self._cancel)
        buttons = row(self.continue_button, self.retry_button, self.cancel_button, None)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.addWidget(self.table)
        splitter.addWidget(boxed(column(self.log, buttons, margins=(8, 0, 0, 0))))
        splitter.setSizes([640, 400])
        self.setLayout(column(splitter, margins=8))
        runner.event_received.connect(self._on_event_received)
        runner.job_ended.connect(self._on_job_ended)
        self._show_selected()

    def show_workspace(self, workspace: Workspace) -> None:
        """Show the history of a workspace."""
        self.model.show_folder(workspace.runs_folder)
        self._show_selected()

    def select(self, run_id: str) -> None:
        """Select one run."""
        found = self.model.row_of(run_id)
        if found >= 0:
            self.table.selectRow(found)

    def selected(self) -> RunRecord | None:
        """Return the selected run."""
        rows = self.table.selected_rows()
        return self.model.record(rows[0]) if rows else None

    def _on_selection_changed(self, _now: QItemSelection, _before: QItemSelection) -> None:
        self._show_selected()

    def _show_selected(self) -> None:
        record = self.selected()
        entry = self._runner.entry(record.id) if record else None
        is_live = entry is not None and not entry.state.is_final
        can_continue = record is not None and not is_live and record.state.can_continue
        self.continue_button.setEnabled(can_continue)
        self.retry_button.setEnabled(record is not None and not is_live)
        self.cancel_button.setEnabled(is_live)
        if record is None:
            self.log.clear()
            return
        lines = [line for event in record.events() if (line := describe_event(event))]
        result = record.result()
        if result is not None:
            lines.append(json.dumps(result, ensure_ascii=False, indent=1)[:20_000])
        self.log.setPlainText("\n".join(lines))

    def _on_event_received(self, run_id: str, event: Event) -> None:
        record = self.selected()
        line = describe_event(event.to_record())
        if record is not None and record.id == run_id and line:
            self.log.appendPlainText(line)

    def _on_job_ended(self, run_id: str, _event: Event) -> None:
        record = self.selected()
        if record is not None and record.id == run_id:
            self._show_selected()

    def _continue(self) -> None:
        record = self.selected()
        if record is not None:
            self._try(lambda: self._runner.continue_run(record))

    def _retry(self) -> None:
        record = self.selected()
        if record is not None:
            self._try(lambda: self._runner.retry(record))

    def _cancel(self) -> None:
        record = self.selected()
        if record is not None:
            self._runner.cancel(record.id)

    def _try(self, act: Any) -> None:
        try:
            act()
        except LabError as error:
            self._notices.error(error)
        self._show_selected()


def describe_event(event: dict[str, Any]) -> str:
    """Return an event's line in the log; empty for progress, which the table shows."""
    at = time.strftime("%H:%M:%S", time.localtime(event.get("at", 0)))
    kind = event.get("event")
    if kind == "JobLogged":
        mark = "Warning: " if event["level"] == "warning" else ""
        return f"{at}  {mark}{event['message']}"
    if kind == "JobFailed":
        return f"{at}  Failed: {event['message']} {event['hint']}\n\n{event['details']}".rstrip()
    if kind == "JobStarted" and event["is_continued"]:
        return f"{at}  Continued"
    words = {"JobStarted": "Started", "JobCompleted": "Completed", "JobCancelled": "Cancelled"}
    return f"{at}  {words[kind]}" if kind in words else ""
