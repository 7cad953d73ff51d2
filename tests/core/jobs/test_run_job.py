"""The life of a job, from its first event to its only terminal one."""

from __future__ import annotations

import errno
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from embedding_lab.errors import InputError, LabError, UsageError
from embedding_lab.jobs.cancellation import CancellationToken
from embedding_lab.jobs.context import latest_checkpoint
from embedding_lab.jobs.events import (
    Event,
    JobCancelled,
    JobCompleted,
    JobFailed,
    JobLogged,
    JobProgressed,
    JobStarted,
    JobState,
    PartialResult,
)
from embedding_lab.jobs.job import Job, job_from_record
from embedding_lab.jobs.record import (
    create_run,
    find_run,
    list_runs,
    mark_interrupted,
    read_run,
)
from embedding_lab.jobs.run import run_job

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.jobs.context import JobContext


@dataclass(frozen=True)
class Counting(Job[None]):
    """Counts to ``n``, leaving a checkpoint every ten steps."""

    n: int = 25

    @property
    def title(self) -> str:
        return f"Counting to {self.n}"

    def run(self, ctx: JobContext[None]) -> dict[str, Any]:
        first = ctx.resume_from.step if ctx.resume_from else 0
        for step in range(first, self.n):
            ctx.progress(step, self.n, unit="steps")
            if step and step % 10 == 0:
                ctx.checkpoint(
                    step, lambda folder, at=step: (folder / "at.txt").write_text(str(at))
                )
        ctx.log("nearly there")
        ctx.partial([1, 2, 3])
        return {"first": first, "n": self.n}


@dataclass(frozen=True)
class Failing(Job[None]):
    """Raises what it is given."""

    error: Any = None

    @property
    def title(self) -> str:
        return "Failing"

    def run(self, ctx: JobContext[None]) -> dict[str, Any]:
        raise self.error


def test_a_job_starts_reports_and_ends_with_exactly_one_terminal_event() -> None:
    events: list[Event] = []
    terminal = run_job(Counting(3), None, events.append)
    assert isinstance(events[0], JobStarted)
    assert [event.step for event in events if isinstance(event, JobProgressed)] == [0, 1, 2]
    assert isinstance(terminal, JobCompleted)
    assert terminal.result == {"first": 0, "n": 3}
    ends = [e for e in events if isinstance(e, JobCompleted | JobCancelled | JobFailed)]
    assert ends == [terminal]
    assert events[-1] is terminal


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            InputError("The file a.csv is empty.", hint="Choose another."),
            "The file a.csv is empty.",
        ),
        (OSError(errno.ENOSPC, "No space left on device"), "The disk is full."),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), "Permission denied (/x)."),
        (MemoryError(), "The machine ran out of memory."),
        (KeyError("oops"), "Something unexpected went wrong: 'oops'."),
    ],
)
def test_a_failure_is_a_sentence_with_the_traceback_folded_away(
    error: Exception, sentence: str
) -> None:
    terminal = run_job(Failing(error), None, lambda event: None)
    assert isinstance(terminal, JobFailed)
    assert terminal.message == sentence
    assert "Traceback" in terminal.details
    assert "Traceback" not in terminal.message + terminal.hint


def test_a_cancelled_job_stops_at_its_next_check() -> None:
    token = CancellationToken()
    seen: list[int] = []

    def cancel_at_seven(event: Event) -> None:
        if isinstance(event, JobProgressed):
            seen.append(event.step)
            if event.step == 7:
                token.cancel()

    terminal = run_job(Counting(1000), None, cancel_at_seven, token=token)
    assert isinstance(terminal, JobCancelled)
    assert seen[-1] == 7


def test_a_job_cancelled_before_it_starts_does_nothing() -> None:
    token = CancellationToken()
    token.cancel()
    events: list[Event] = []
    assert isinstance(run_job(Counting(5), None, events.append, token=token), JobCancelled)
    assert not any(isinstance(event, JobProgressed) for event in events)


def test_a_paused_job_waits_and_goes_on() -> None:
    token = CancellationToken()
    token.pause()
    ends: list[Event] = []
    thread = threading.Thread(
        target=lambda: ends.append(run_job(Counting(3), None, lambda event: None, token=token))
    )
    thread.start()
    time.sleep(0.1)
    assert not ends
    token.resume()
    thread.join(5)
    assert isinstance(ends[0], JobCompleted)


def test_cancelling_wakes_a_paused_job() -> None:
    token = CancellationToken()
    token.pause()
    ends: list[Event] = []
    thread = threading.Thread(
        target=lambda: ends.append(run_job(Counting(3), None, lambda event: None, token=token))
    )
    thread.start()
    token.cancel()
    thread.join(5)
    assert isinstance(ends[0], JobCancelled)


def test_a_continued_job_goes_on_from_its_newest_checkpoint(tmp_path: Path) -> None:
    folder = create_run(tmp_path, Counting(1000))
    token = CancellationToken()

    def cancel_at_35(event: Event) -> None:
        if isinstance(event, JobProgressed) and event.step == 35:
            token.cancel()

    run_job(Counting(1000), None, cancel_at_35, token=token, folder=folder)
    assert read_run(folder).state is JobState.CANCELLED
    terminal = run_job(Counting(1000), None, lambda e: None, folder=folder, is_continued=True)
    assert isinstance(terminal, JobCompleted)
    assert terminal.result["first"] == 30


def test_only_the_newest_three_whole_checkpoints_are_kept(tmp_path: Path) -> None:
    folder = create_run(tmp_path, Counting(95))
    run_job(Counting(95), None, lambda event: None, folder=folder)
    names = sorted(item.name for item in (folder / "checkpoints").iterdir())
    assert names == ["step-000000070", "step-000000080", "step-000000090"]
    (folder / "checkpoints" / "step-000000999.tmp").mkdir()
    newest = latest_checkpoint(folder)
    assert newest is not None
    assert newest.step == 90
    assert (newest.folder / "at.txt").read_text() == "90"


def test_the_run_folder_tells_the_whole_story(tmp_path: Path) -> None:
    folder = create_run(tmp_path, Counting(3))
    assert read_run(folder).state is JobState.QUEUED
    run_job(Counting(3), None, lambda event: None, folder=folder)
    record = read_run(folder)
    assert record.state is JobState.COMPLETED
    assert record.title == "Counting to 3"
    assert record.result() == {"first": 0, "n": 3}
    names = [event["event"] for event in record.events()]
    assert names[0] == "JobStarted"
    assert names[-1] == "JobCompleted"
    assert JobLogged.__name__ in names
    assert PartialResult.__name__ not in names


def test_events_behind_one_that_was_cut_short_are_told(tmp_path: Path) -> None:
    folder = create_run(tmp_path, Counting(3))
    (folder / "events.jsonl").write_text('{"event": "JobStarted", "at": 1}\n{"event": "JobPro')
    run_job(Counting(3), None, lambda event: None, folder=folder, is_continued=True)
    names = [event["event"] for event in read_run(folder).events()]
    assert names[:2] == ["JobStarted", "JobStarted"]
    assert names[-1] == "JobCompleted"


def test_a_run_that_claims_to_run_is_marked_interrupted(tmp_path: Path) -> None:
    done = create_run(tmp_path, Counting(1))
    run_job(Counting(1), None, lambda event: None, folder=done)
    killed = create_run(tmp_path, Counting(5))
    (killed / "state.json").write_text('{"state": "running", "step": 3, "total": 5}')
    assert [record.id for record in mark_interrupted(tmp_path)] == [killed.name]
    record = find_run(tmp_path, killed.name)
    assert record.state is JobState.INTERRUPTED
    assert record.state.can_continue
    assert (record.step, record.total) == (3, 5)


def test_runs_are_listed_newest_first_and_damaged_folders_left_out(tmp_path: Path) -> None:
    older = create_run(tmp_path, Counting(1))
    older.rename(tmp_path / "20200101-000000-abcdef")
    newer = create_run(tmp_path, Counting(2))
    (tmp_path / "20300101-000000-broken").mkdir()
    assert [run.id for run in list_runs(tmp_path)] == [newer.name, "20200101-000000-abcdef"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("job.json", "null"),
        ("job.json", '{"title": "x", "created": "yesterday"}'),
        ("job.json", '{"title": "x", "created": null}'),
        ("job.json", "["),
        ("state.json", '"running"'),
        ("state.json", '{"state": []}'),
        ("state.json", '{"state": "running", "step": "three"}'),
        ("state.json", "\0\0\0\0"),
    ],
)
def test_a_damaged_run_hides_no_other_and_is_named(tmp_path: Path, name: str, content: str) -> None:
    sound, damaged = (create_run(tmp_path, Counting(1)) for _ in range(2))
    (damaged / name).write_text(content)
    assert [run.id for run in list_runs(tmp_path)] == [sound.name]
    assert [run.id for run in mark_interrupted(tmp_path)] == [sound.name]
    with pytest.raises(LabError, match=rf"damaged|{damaged.name}"):
        read_run(damaged)


def test_a_run_whose_record_is_a_folder_hides_no_other(tmp_path: Path) -> None:
    sound, damaged = (create_run(tmp_path, Counting(1)) for _ in range(2))
    (damaged / "state.json").unlink()
    (damaged / "state.json").mkdir()
    assert [run.id for run in list_runs(tmp_path)] == [sound.name]


def test_a_full_disk_does_not_keep_interrupted_runs_from_being_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = create_run(tmp_path, Counting(5))

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("embedding_lab.jobs.record.write_json", full)
    assert [run.state for run in mark_interrupted(tmp_path)] == [JobState.INTERRUPTED]
    monkeypatch.undo()
    # It is marked by the next one who has room.
    assert [run.id for run in mark_interrupted(tmp_path)] == [killed.name]


def test_a_run_is_found_by_the_beginning_of_its_id_if_that_is_unique(tmp_path: Path) -> None:
    folder = create_run(tmp_path, Counting(1))
    assert find_run(tmp_path, folder.name[:20]).id == folder.name
    create_run(tmp_path, Counting(1))
    with pytest.raises(UsageError, match="More than one job"):
        find_run(tmp_path, "20")
    with pytest.raises(UsageError, match="No job has the id nothing"):
        find_run(tmp_path, "nothing")


def test_a_full_disk_does_not_hide_how_the_job_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = create_run(tmp_path, Counting(2))

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("embedding_lab.jobs.record.write_json", full)
    assert isinstance(run_job(Counting(2), None, lambda e: None, folder=folder), JobCompleted)


def test_only_jobs_of_the_program_are_made_from_records() -> None:
    with pytest.raises(Exception, match="which is no job"):
        job_from_record({"target": "os:system", "inputs": {}, "title": "x"})
    with pytest.raises(Exception, match="cannot continue"):
        job_from_record(
            {"target": "embedding_lab.workflows.nothing:Nothing", "inputs": {}, "title": "x"}
        )
