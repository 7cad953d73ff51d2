"""``embedding-lab train`` and ``embedding-lab runs``: fine-tuning, and what came of it."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from embedding_lab.cli.answer import Answer, details, moment, table
from embedding_lab.cli.parser import add_values, at_least
from embedding_lab.training.control import set_learning_rate, stop_and_keep_best
from embedding_lab.training.live import read_reports
from embedding_lab.training.runs import delete_training, find_training, run_name, training_runs

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable

    from embedding_lab.cli.parser import Group
    from embedding_lab.cli.session import Session
    from embedding_lab.jobs.job import Job
    from embedding_lab.jobs.record import RunRecord
    from embedding_lab.workspace.workspace import Workspace

# Settings with an option of their own; all others are given with --set.
OPTIONS = {
    "steps": "how many steps; epochs decide without it",
    "epochs": "how often every row is seen",
    "batch_size": "rows a step learns from",
    "learning_rate": "how far a step goes, at its highest",
    "adapter": "none, lora or dora",
    "seed": "equal seeds give equal runs",
}
CHOICES = ("name", "sampler", "teacher", "negatives", "source", "split", "filter")


def add_to(commands: Group) -> None:
    """Add the commands of this group."""
    train = commands.command("train", "Fine-tune an encoder on a corpus.", _train)
    add = train.add_argument
    add("--encoder", default="starter", metavar="E", help="what is trained")
    add("--data", required=True, metavar="CORPUS", help="what it is trained with")
    add("--objective", default="info_nce", metavar="O", help="see methods list objectives")
    add("--sampler", default="random_batches", metavar="S", help="see methods list batch_samplers")
    add("--name", default="", metavar="RUN", help="what the run and its encoder are called")
    for name, help_text in OPTIONS.items():
        add(f"--{name.replace('_', '-')}", dest=name, metavar="V", help=help_text)
    add_values(train, "a setting, or a parameter of objective or sampler", "KEY=VALUE")
    add("--teacher", default="", metavar="E", help="the encoder to learn from")
    add("--negatives", default="", metavar="N", help="mined negatives for the sampler")
    add("--source", default="", metavar="S", help="where pairs come from, if not as usual")
    add("--split", default="", metavar="S", help="which judgements to train on")
    add("--filter", default="", metavar="EXPR", help="train on rows that satisfy this only")
    add("--limit", type=at_least(0), default=0, metavar="N", help="rows at most, drawn at random")
    add("--estimate", action="store_true", help="tell what it will take, and do not train")
    _add_runs(commands.group("runs", "See, steer and continue trainings."))


def _add_runs(group: Group) -> None:
    listing = group.command("list", "List the trainings, newest first.", _list)
    listing.add_argument("--limit", type=at_least(1), default=20, metavar="N")
    for name, help_text, run in (
        ("show", "Show a training: its inputs, its curve and its report.", _show),
        ("continue", "Go on with a training that was cut short.", _continue),
        ("stop", "End a running training and keep its best weights.", _stop),
        ("delete", "Move a training to the trash; the encoder it made stays.", _delete),
    ):
        group.command(name, help_text, run).add_argument("run_id", metavar="RUN")
    change = group.command("set", "Change a running training.", _set)
    change.add_argument("run_id", metavar="RUN")
    change.add_argument("--learning-rate", type=float, required=True, metavar="X")


def _job(arguments: Namespace, kind: Callable[..., Job[Workspace]]) -> Job[Workspace]:
    from embedding_lab.workflows.training_choices import sort_values

    named = {name: getattr(arguments, name) for name in OPTIONS if getattr(arguments, name)}
    values = sort_values(arguments.objective, arguments.sampler, named | dict(arguments.values))
    return kind(
        arguments.data,
        arguments.encoder,
        arguments.objective,
        limit=arguments.limit,
        **vars(values),
        **{name: getattr(arguments, name) for name in CHOICES},
    )


def _train(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.cli.training_words import estimate_text, report_text
    from embedding_lab.workflows.estimate_training import EstimateTraining
    from embedding_lab.workflows.train_encoder import TrainEncoder

    if arguments.estimate:
        found = session.perform(_job(arguments, EstimateTraining))
        return Answer(found, estimate_text(found))
    result = session.perform(_job(arguments, TrainEncoder))
    return Answer(result, report_text(result))


def _list(arguments: Namespace, session: Session) -> Answer:
    # Only whoever may write can tell a run that goes on from one that a crash cut short.
    with session.open(wants_writing=True) as workspace:
        runs = training_runs(workspace.runs_folder)[: arguments.limit]
        records = [_record(run) for run in runs]
    rows = [
        (
            it["run"],
            it["name"],
            it["state"],
            # What came of it is read in a narrow terminal too.
            it["delta"],
            it["verdict"],
            it["corpus"],
            it["encoder"],
            it["objective"],
            f"{it['step']:,} / {it['total']:,}" if it["total"] else "",
        )
        for it in records
    ]
    headers = (
        "Run", "Name", "State", "Change", "Verdict", "Corpus", "Encoder", "Objective", "Steps",
    )  # fmt: skip
    return Answer({"runs": records}, table(headers, rows, "Nothing was trained here yet."))


def _show(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.cli.training_words import report_text

    with session.open(wants_writing=True) as workspace:
        run = find_training(workspace.runs_folder, arguments.run_id)
        validations = list(read_reports(run.folder, "validation"))
        last = next(iter(deque(read_reports(run.folder, "step"), maxlen=1)), None)
        others = list(read_reports(run.folder, "note", "control"))
        result = run.result()
    record = _record(run)
    value = record | {
        "inputs": run.job["inputs"],
        "validations": validations,
        "last_step": last,
        "notes": others,
        "result": result,
    }
    facts = {
        "run": run.id,
        "name": record["name"],
        "state": run.state,
        "started": moment(run.created),
        "encoder": record["encoder"],
        "corpus": record["corpus"],
        "objective": record["objective"],
        "step": f"{last['step']:,} of {last['total']:,}" if last else None,
        "loss": last["loss"] if last else None,
        "learning rate": f"{last['learning_rate']:.3g}" if last else None,
        "message": run.message,
        "hint": run.hint,
    }
    metric = validations[0]["metric"] if validations else ""
    curve = [
        (it["step"], it["value"], *it["ci"], it["alignment"], it["uniformity"])
        for it in validations
    ]
    headers = ("Step", metric, "95 % from", "to", "Alignment", "Uniformity")
    parts = [details(facts), table(headers, curve, "Not validated yet.")]
    return Answer(value, "\n\n".join([*parts, *([report_text(result)] if result else [])]))


def _continue(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.cli.training_words import report_text
    from embedding_lab.workflows.perform import continue_run

    with session.open_to_write() as workspace:
        run = find_training(workspace.runs_folder, arguments.run_id)
        result = session.watch(lambda sink, token: continue_run(run, workspace, sink, token))
    return Answer(result, report_text(result))


def _stop(arguments: Namespace, session: Session) -> Answer:
    with session.open(wants_writing=True) as workspace:
        run = find_training(workspace.runs_folder, arguments.run_id)
        stop_and_keep_best(run)
    return Answer({"run": run.id, "command": "stop"}, f"{run.id} ends after its present step.")


def _delete(arguments: Namespace, session: Session) -> Answer:
    with session.open_to_write() as workspace:
        run = find_training(workspace.runs_folder, arguments.run_id)
        item = delete_training(workspace, run)
    text = f"Moved {run.id} to the trash; `embedding-lab workspace trash` brings it back."
    return Answer({"deleted": run.id, "item": item}, text)


def _set(arguments: Namespace, session: Session) -> Answer:
    with session.open(wants_writing=True) as workspace:
        run = find_training(workspace.runs_folder, arguments.run_id)
        set_learning_rate(run, arguments.learning_rate)
    value = {"run": run.id, "command": "learning_rate", "value": arguments.learning_rate}
    return Answer(value, f"{run.id} goes on with a learning rate of {arguments.learning_rate:g}.")


def _record(run: RunRecord) -> dict[str, Any]:
    inputs, result = run.job["inputs"], run.result() or {}
    return {
        "run": run.id,
        "name": result.get("encoder") or run_name(run),
        "state": run.state.value,
        "created": run.created,
        "encoder": inputs["encoder"],
        "corpus": inputs["corpus"],
        "objective": inputs["objective"],
        "sampler": inputs["sampler"],
        "step": result.get("steps", run.step),
        "total": result.get("planned_steps", run.total),
        "metric": result.get("metric", ""),
        "delta": result.get("delta"),
        "verdict": result.get("verdict", ""),
        "can_continue": run.state.can_continue,
    }
