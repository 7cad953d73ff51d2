"""Running and continuing jobs: recorded where they should be, refused where they must be."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from embedding_lab.errors import LabError, UsageError, WorkspaceError
from embedding_lab.jobs import job as job_module
from embedding_lab.jobs.cancellation import CancellationToken
from embedding_lab.jobs.events import JobState
from embedding_lab.jobs.job import Job
from embedding_lab.jobs.record import find_run, list_runs
from embedding_lab.workflows.perform import (
    JobCancelledError,
    JobFailedError,
    continue_run,
    perform,
)
from embedding_lab.workspace.workspace import Workspace, open_workspace


@dataclass(frozen=True)
class Add(Job[Workspace]):
    number: int
    needs_writing: ClassVar[bool] = True

    @property
    def title(self) -> str:
        return "Adding"

    def run(self, ctx: Any) -> dict[str, Any]:
        ctx.check()
        if self.number < 0 and not ctx.is_continued:
            raise LabError("It is negative.", hint="Continue it.")
        return {"sum": self.number + 1}


@dataclass(frozen=True)
class Look(Add):
    needs_writing: ClassVar[bool] = False


@pytest.fixture(autouse=True)
def trusted(monkeypatch):
    monkeypatch.setattr(job_module, "TRUSTED_PREFIX", __name__)
    monkeypatch.setitem(sys.modules, __name__, sys.modules[Add.__module__])


def test_a_completed_job_returns_its_result_and_is_recorded(workspace):
    assert perform(Add(2), workspace) == {"sum": 3}
    [run] = list_runs(workspace.runs_folder)
    assert (run.state, run.result()) == (JobState.COMPLETED, {"sum": 3})
    with pytest.raises(UsageError, match="nothing to continue"):
        continue_run(run, workspace)


def test_a_failed_job_raises_its_sentence_and_can_be_continued(workspace):
    with pytest.raises(JobFailedError, match="It is negative") as caught:
        perform(Add(-3), workspace)
    assert caught.value.hint == "Continue it."
    run = find_run(workspace.runs_folder, caught.value.run_id)
    assert run.state is JobState.FAILED
    assert continue_run(run, workspace) == {"sum": -2}
    assert find_run(workspace.runs_folder, run.id).state is JobState.COMPLETED


def test_a_cancelled_job_says_how_to_continue(workspace):
    token = CancellationToken()
    token.cancel()
    with pytest.raises(JobCancelledError) as caught:
        perform(Add(1), workspace, token=token)
    assert f"jobs continue {caught.value.run_id}" in caught.value.hint
    assert find_run(workspace.runs_folder, caught.value.run_id).state is JobState.CANCELLED


def test_a_read_only_workspace_takes_only_jobs_that_write_nothing(workspace):
    with open_workspace(workspace.folder) as other:
        with pytest.raises(WorkspaceError, match="read-only"):
            perform(Add(1), other)
        assert perform(Look(1), other) == {"sum": 2}
    assert list_runs(workspace.runs_folder) == []
