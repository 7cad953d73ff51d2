"""The runner: lanes, order, progress storms, cancelling, and what is told to whom."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from PySide6.QtCore import QObject, Signal

from embedding_lab.errors import InputError, LabError, WorkspaceError
from embedding_lab.jobs.events import (
    Event,
    JobCancelled,
    JobCompleted,
    JobFailed,
    JobProgressed,
    JobState,
    PartialResult,
)
from embedding_lab.jobs.job import Job, Lane
from embedding_lab.jobs.record import find_run, list_runs
from embedding_lab.workspace.workspace import Workspace, open_workspace
from embedding_lab_app.jobs.runner import JobRunner

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from embedding_lab.jobs.context import JobContext

gates: dict[str, threading.Event] = {}


@dataclass(frozen=True)
class Waiting(Job[Workspace]):
    """Reports, then waits for its gate, checking for cancellation."""

    name: str = "gate"
    n_reports: int = 1

    @property
    def title(self) -> str:
        return f"Waiting {self.name}"

    def run(self, ctx: JobContext[Workspace]) -> dict[str, Any]:
        for step in range(self.n_reports):
            ctx.progress(step + 1, self.n_reports)
        ctx.partial(self.name)
        while not gates[self.name].wait(0.005):
            ctx.check()
        return {"name": self.name}


@dataclass(frozen=True)
class WaitingIO(Waiting):
    lane: ClassVar[Lane] = Lane.IO


@dataclass(frozen=True)
class Typing(Waiting):
    lane: ClassVar[Lane] = Lane.INTERACTIVE
    is_recorded: ClassVar[bool] = False
    needs_writing: ClassVar[bool] = False


@dataclass(frozen=True)
class Refusing(Job[Workspace]):
    @property
    def title(self) -> str:
        return "Refusing"

    def run(self, ctx: JobContext[Workspace]) -> dict[str, Any]:
        raise InputError("The file is empty.", hint="Choose another.")


class Listener(QObject):
    """Keeps every event, by run."""

    def __init__(self, runner: JobRunner) -> None:
        super().__init__(runner)
        self.events: list[tuple[str, Event]] = []
        self.ends: dict[str, Event] = {}
        runner.event_received.connect(self._on_event)
        runner.job_ended.connect(self._on_end)

    def _on_event(self, run_id: str, event: Event) -> None:
        self.events.append((run_id, event))

    def _on_end(self, run_id: str, event: Event) -> None:
        self.ends[run_id] = event

    def of(self, run_id: str, kind: type[Event]) -> list[Any]:
        return [event for name, event in self.events if name == run_id and isinstance(event, kind)]


@pytest.fixture
def runner(qtbot: QtBot, workspace: Workspace) -> Iterator[JobRunner]:
    made = JobRunner()
    made.set_workspace(workspace)
    gates.clear()
    for name in "abcdefg":
        gates[name] = threading.Event()
    yield made
    for gate in gates.values():
        gate.set()
    qtbot.waitUntil(lambda: not made.has_live_jobs, timeout=10_000)
    made.deleteLater()


@pytest.fixture
def listener(runner: JobRunner) -> Listener:
    return Listener(runner)


def running(runner: JobRunner) -> list[str]:
    return [
        entry.job.name  # type: ignore[attr-defined]
        for entry in runner.live_entries()
        if entry.state is JobState.RUNNING
    ]


def test_a_job_runs_and_its_record_is_kept(
    runner: JobRunner, listener: Listener, workspace: Workspace, qtbot: QtBot
) -> None:
    gates["a"].set()
    run_id = runner.submit(Waiting("a"))
    qtbot.waitUntil(lambda: run_id in listener.ends)
    end = listener.ends[run_id]
    assert isinstance(end, JobCompleted)
    assert end.result == {"name": "a"}
    assert [event.value for event in listener.of(run_id, PartialResult)] == ["a"]
    assert find_run(workspace.runs_folder, run_id).state is JobState.COMPLETED
    assert not runner.has_live_jobs


def test_compute_jobs_run_one_at_a_time_in_order(
    runner: JobRunner, listener: Listener, qtbot: QtBot
) -> None:
    first, second = runner.submit(Waiting("a")), runner.submit(Waiting("b"))
    qtbot.waitUntil(lambda: bool(listener.of(first, PartialResult)))
    assert running(runner) == ["a"]
    gates["a"].set()
    qtbot.waitUntil(lambda: bool(listener.of(second, PartialResult)))
    assert first in listener.ends
    gates["b"].set()
    qtbot.waitUntil(lambda: second in listener.ends)


def test_two_io_jobs_run_beside_a_compute_job_and_a_third_waits(
    runner: JobRunner, listener: Listener, qtbot: QtBot
) -> None:
    runner.submit(Waiting("a"))
    ios = [runner.submit(WaitingIO(name)) for name in "bcd"]
    qtbot.waitUntil(lambda: sorted(running(runner)) == ["a", "b", "c"])
    assert runner.entry(ios[2]).state is JobState.QUEUED  # type: ignore[union-attr]
    gates["b"].set()
    qtbot.waitUntil(lambda: sorted(running(runner)) == ["a", "c", "d"])


def test_a_newer_search_replaces_the_older_ones_of_its_owner(
    runner: JobRunner, listener: Listener, qtbot: QtBot
) -> None:
    owner = object()
    first = runner.submit(Typing("a"), owner=owner)
    qtbot.waitUntil(lambda: bool(listener.of(first, PartialResult)))
    second = runner.submit(Typing("b"), owner=owner)
    third = runner.submit(Typing("c"), owner=owner)
    gates["c"].set()
    qtbot.waitUntil(lambda: third in listener.ends)
    assert isinstance(listener.ends[first], JobCancelled)
    assert second not in listener.ends
    assert not listener.of(second, Event)
    assert isinstance(listener.ends[third], JobCompleted)


def test_searches_leave_no_record_and_no_line(
    runner: JobRunner, listener: Listener, workspace: Workspace, qtbot: QtBot
) -> None:
    run_id = runner.submit(Typing("a"))
    assert runner.live_entries() == []
    gates["a"].set()
    qtbot.waitUntil(lambda: run_id in listener.ends)
    assert list_runs(workspace.runs_folder) == []
    assert runner.entry(run_id) is None


def test_a_storm_of_progress_reaches_the_window_as_a_few_events(
    runner: JobRunner, listener: Listener, qtbot: QtBot
) -> None:
    gates["a"].set()
    run_id = runner.submit(Typing("a", n_reports=200_000))
    qtbot.waitUntil(lambda: run_id in listener.ends, timeout=30_000)
    shown = [event.step for event in listener.of(run_id, JobProgressed)]
    assert len(shown) < 2_000
    assert shown == sorted(shown)
    assert shown[-1] == 200_000


def test_cancelling_is_acknowledged_at_once_and_the_record_says_so(
    runner: JobRunner, listener: Listener, workspace: Workspace, qtbot: QtBot
) -> None:
    run_id = runner.submit(Waiting("a"))
    qtbot.waitUntil(lambda: bool(listener.of(run_id, PartialResult)))
    runner.cancel(run_id)
    assert runner.entry(run_id).token.is_cancelled  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: run_id in listener.ends, timeout=2_000)
    assert isinstance(listener.ends[run_id], JobCancelled)
    assert find_run(workspace.runs_folder, run_id).state is JobState.CANCELLED


def test_a_waiting_job_can_be_cancelled_before_it_ran(
    runner: JobRunner, listener: Listener, workspace: Workspace, qtbot: QtBot
) -> None:
    runner.submit(Waiting("a"))
    second = runner.submit(Waiting("b"))
    runner.cancel(second)
    qtbot.waitUntil(lambda: second in listener.ends)
    assert find_run(workspace.runs_folder, second).state is JobState.CANCELLED
    assert not listener.of(second, PartialResult)


def test_a_cancelled_run_is_continued_under_its_own_id(
    runner: JobRunner, listener: Listener, workspace: Workspace, qtbot: QtBot, monkeypatch: Any
) -> None:
    run_id = runner.submit(Waiting("a"))
    runner.cancel(run_id)
    qtbot.waitUntil(lambda: run_id in listener.ends)
    listener.ends.clear()
    monkeypatch.setattr("embedding_lab.jobs.job.TRUSTED_PREFIX", "test_runner")
    monkeypatch.setattr("embedding_lab.jobs.record.job_from_record", lambda _: Waiting("a"))
    gates["a"].set()
    assert runner.continue_run(find_run(workspace.runs_folder, run_id)) == run_id
    qtbot.waitUntil(lambda: run_id in listener.ends)
    assert find_run(workspace.runs_folder, run_id).state is JobState.COMPLETED
    assert [run.id for run in list_runs(workspace.runs_folder)] == [run_id]


def test_a_paused_job_stays_where_it_is_until_it_is_resumed(
    runner: JobRunner, listener: Listener, qtbot: QtBot
) -> None:
    run_id = runner.submit(Waiting("a"))
    qtbot.waitUntil(lambda: bool(listener.of(run_id, PartialResult)))
    runner.pause(run_id)
    time.sleep(0.05)
    gates["a"].set()
    entry = runner.entry(run_id)
    assert entry is not None
    assert "paused" in entry.line()
    runner.resume(run_id)
    qtbot.waitUntil(lambda: run_id in listener.ends)


def test_a_failure_arrives_as_a_sentence(
    runner: JobRunner, listener: Listener, qtbot: QtBot
) -> None:
    run_id = runner.submit(Refusing())
    qtbot.waitUntil(lambda: run_id in listener.ends)
    end = listener.ends[run_id]
    assert isinstance(end, JobFailed)
    assert (end.message, end.hint) == ("The file is empty.", "Choose another.")


def test_a_read_only_workspace_takes_searches_but_no_changes(
    workspace: Workspace, qtbot: QtBot
) -> None:
    gates["a"] = threading.Event()
    gates["a"].set()
    with open_workspace(workspace.folder) as second:
        runner = JobRunner()
        runner.set_workspace(second)
        with pytest.raises(WorkspaceError, match="open elsewhere"):
            runner.submit(Waiting("a"))
        listener = Listener(runner)
        run_id = runner.submit(Typing("a"))
        qtbot.waitUntil(lambda: run_id in listener.ends)
        assert isinstance(listener.ends[run_id], JobCompleted)
        runner.deleteLater()


def test_without_a_workspace_nothing_runs(qtbot: QtBot) -> None:
    runner = JobRunner()
    with pytest.raises(LabError, match="No workspace is open"):
        runner.submit(Waiting("a"))
    runner.deleteLater()


class Emitter(QObject):
    told = Signal(bool)


def test_emitting_signals_leaves_the_references_to_true_alone(qtbot: QtBot) -> None:
    import sys

    emitter = Emitter()
    received: list[bool] = []
    emitter.told.connect(received.append)
    before = sys.getrefcount(True)
    for _ in range(100):
        emitter.told.emit(True)
    received.clear()
    assert sys.getrefcount(True) >= before - 2


def test_jobs_that_end_together_are_all_told(
    qtbot: QtBot, runner: JobRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    listener = Listener(runner)
    first, second = runner.submit(Waiting("a")), runner.submit(WaitingIO("b"))
    qtbot.waitUntil(lambda: len(listener.of(second, PartialResult)) == 1)
    deliver = runner._deliver

    def deliver_while_the_second_ends() -> None:
        deliver()
        if listener.of(first, JobCompleted) and not gates["b"].is_set():
            gates["b"].set()
            assert runner._threads[second].wait(5000)

    monkeypatch.setattr(runner, "_deliver", deliver_while_the_second_ends)
    gates["a"].set()
    qtbot.waitUntil(lambda: {first, second} <= listener.ends.keys(), timeout=5000)
