"""Jobs in the window: strip, panel, closing, and what the next start offers."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt

from embedding_lab.jobs.job import Job
from embedding_lab.jobs.record import create_run
from embedding_lab.settings import load_settings
from embedding_lab.storage import write_json
from embedding_lab.workspace.workspace import Workspace, create_workspace, open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest
    from conftest import ScriptedAsker
    from pytestqt.qtbot import QtBot

    from embedding_lab.jobs.context import JobContext
    from embedding_lab_app.main_window import MainWindow

go_on = threading.Event()


@dataclass(frozen=True)
class Slow(Job[Workspace]):
    """Runs until it is told to stop."""

    @property
    def title(self) -> str:
        return "Slow work"

    def run(self, ctx: JobContext[Workspace]) -> dict[str, Any]:
        step = 0
        while not go_on.wait(0.01):
            step += 1
            ctx.progress(step, 1_000_000)
        return {}


def window_folder(window: MainWindow) -> str:
    return load_settings().recent_workspaces[0]


def test_closing_with_a_job_running_asks_and_can_be_refused(
    window: MainWindow, asker: ScriptedAsker, qtbot: QtBot
) -> None:
    go_on.clear()
    run_id = window.context.runner.submit(Slow())
    qtbot.waitUntil(window.strip.cancel_button.isVisible)
    asker.answers["Jobs are running"] = False
    assert not window.close()
    assert window.context.runner.has_live_jobs
    asker.answers["Jobs are running"] = True
    assert window.close()
    assert not window.context.runner.has_live_jobs
    with open_workspace(Path(window.windowFilePath() or window_folder(window))) as workspace:
        state = (workspace.runs_folder / run_id / "state.json").read_text()
    assert "cancelled" in state


def test_a_job_that_closing_stopped_is_offered_once_at_the_next_start(
    make_main_window: Callable[..., MainWindow], asker: ScriptedAsker, qtbot: QtBot
) -> None:
    go_on.clear()
    first = make_main_window()
    first.context.runner.submit(Slow())
    cancelled = first.context.runner.submit(Slow())
    first.context.runner.cancel(cancelled)
    qtbot.waitUntil(lambda: len(first.context.runner.live_entries()) == 1)
    asker.answers["Jobs are running"] = True
    assert first.close()
    offers = [item for item in make_main_window().context.notices.history if item.action_title]
    assert [(offer.text, offer.action_title) for offer in offers] == [
        ("Slow work was stopped when the window closed.", "Continue")
    ]


def test_the_strip_pauses_continues_and_cancels(window: MainWindow, qtbot: QtBot) -> None:
    go_on.clear()
    run_id = window.context.runner.submit(Slow())
    strip = window.strip
    qtbot.waitUntil(lambda: "rows" in strip.line.text())
    assert strip.line.text().startswith("Slow work")
    qtbot.mouseClick(strip.pause_button, Qt.MouseButton.LeftButton)
    entry = window.context.runner.entry(run_id)
    assert entry is not None
    assert entry.token.is_paused
    assert strip.pause_button.accessibleName() == "Continue the job"
    qtbot.mouseClick(strip.pause_button, Qt.MouseButton.LeftButton)
    assert not entry.token.is_paused
    qtbot.mouseClick(strip.cancel_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: strip.line.text() == "No job is running")


def test_the_panel_shows_history_and_log_and_starts_a_job_anew(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on.set()
    run_id = window.context.runner.submit(Slow())
    window.toggle_jobs()
    panel = window.jobs_panel
    qtbot.waitUntil(lambda: not window.context.runner.has_live_jobs)
    panel.select(run_id)
    assert "Completed" in panel.log.toPlainText()
    assert panel.retry_button.isEnabled()
    assert not panel.continue_button.isEnabled()
    monkeypatch.setattr("embedding_lab.jobs.record.job_from_record", lambda _: Slow())
    panel.retry_button.click()
    qtbot.waitUntil(lambda: not window.context.runner.has_live_jobs)
    assert panel.model.rowCount() == 2


def test_an_interrupted_job_is_offered_at_the_next_start(
    make_main_window: Callable[..., MainWindow], tmp_path: Path
) -> None:
    with create_workspace(tmp_path / "Study.embedlab") as workspace:
        run = create_run(workspace.runs_folder, Slow())
        write_json(run / "state.json", {"state": "running"})
    window = make_main_window()
    notice = window.context.notices.history[-1]
    assert notice.text == "Slow work was cut short when the program last ended."
    assert notice.action_title == "Continue"
