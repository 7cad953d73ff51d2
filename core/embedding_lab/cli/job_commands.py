"""``embedding-lab jobs``: what ran, how it went, and continuing it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from embedding_lab.cli.answer import Answer, details, moment, table
from embedding_lab.cli.parser import at_least
from embedding_lab.jobs.record import find_run, list_runs

if TYPE_CHECKING:
    from argparse import Namespace

    from embedding_lab.cli.parser import Group
    from embedding_lab.cli.session import Session
    from embedding_lab.jobs.record import RunRecord


def add_to(commands: Group) -> None:
    """Add the commands of this group."""
    group = commands.group("jobs", "See what ran, and continue what was cut short.")
    listing = group.command("list", "List the jobs, newest first.", _list)
    listing.add_argument("--limit", type=at_least(1), default=20, metavar="N")
    show = group.command("show", "Show a job's inputs, log and result.", _show)
    show.add_argument("id", metavar="ID")
    go_on = group.command("continue", "Go on with a job that did not complete.", _continue)
    go_on.add_argument("id", metavar="ID")


def _list(arguments: Namespace, session: Session) -> Answer:
    # Only whoever may write can tell a job that runs elsewhere from one that a crash cut short.
    with session.open(wants_writing=True) as workspace:
        runs = list_runs(workspace.runs_folder)[: arguments.limit]
    rows = [
        (run.id, run.state, run.title, _done(run), moment(run.created), run.message) for run in runs
    ]
    text = table(("ID", "State", "Job", "Done", "Started", ""), rows, "No job ran here yet.")
    return Answer({"jobs": [_record(run) for run in runs]}, text)


def _show(arguments: Namespace, session: Session) -> Answer:
    with session.open(wants_writing=True) as workspace:
        run = find_run(workspace.runs_folder, arguments.id)
        result = run.result()
        log = [
            {"at": event["at"], "level": event["level"], "message": event["message"]}
            for event in run.events()
            if event["event"] == "JobLogged"
        ]
    value = _record(run) | {"inputs": run.job["inputs"], "result": result, "log": log}
    facts = {
        "job": run.id,
        "title": run.title,
        "state": run.state,
        "started": moment(run.created),
        "done": _done(run),
        "message": run.message,
        "inputs": json.dumps(run.job["inputs"], ensure_ascii=False),
        "result": json.dumps(result, ensure_ascii=False) if result else None,
    }
    lines = [f"{moment(line['at'])}  {line['message']}" for line in log]
    return Answer(value, "\n".join([details(facts), *lines]))


def _continue(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.workflows.perform import continue_run

    with session.open_to_write() as workspace:
        run = find_run(workspace.runs_folder, arguments.id)
        result = session.watch(lambda sink, token: continue_run(run, workspace, sink, token))
    return Answer({"job": run.id, "result": result}, f"Completed: {run.title}.")


def _record(run: RunRecord) -> dict[str, Any]:
    return {
        "id": run.id,
        "title": run.title,
        "state": run.state.value,
        "created": run.created,
        "step": run.step,
        "total": run.total,
        "unit": run.unit,
        "message": run.message,
        "can_continue": run.state.can_continue,
    }


def _done(run: RunRecord) -> str:
    if not run.step:
        return ""
    return f"{run.step:,}" + (f" / {run.total:,}" if run.total else "") + f" {run.unit}"
