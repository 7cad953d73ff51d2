"""What tests that drive the window share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from embedding_lab_app.jobs.runner import JobRunner


def wait_idle(runner: JobRunner, qtbot: QtBot, timeout_ms: int = 30_000) -> None:
    """Wait until no job is waiting or running."""
    qtbot.waitUntil(lambda: not runner.has_live_jobs, timeout=timeout_ms)
