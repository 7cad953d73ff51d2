"""``embedding-lab prompts``: testing and comparing prompts, and what was saved of it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embedding_lab.cli import (
    embedding_prompt_commands,
    inner_commands,
    optimize_command,
    pattern_commands,
    preset_commands,
    prompt_set_commands,
)
from embedding_lab.cli.answer import Answer, count, details, moment, table
from embedding_lab.cli.labelled_options import add_labelled_options, labelled_choices
from embedding_lab.cli.parser import at_least, positive, share
from embedding_lab.cli.session import WrongUseError
from embedding_lab.table_text import LATEX, TITLES

if TYPE_CHECKING:
    from argparse import Namespace

    from embedding_lab.cli.parser import Group
    from embedding_lab.cli.session import Session
    from embedding_lab.prompts.experiments import Experiment

CHANGES_SHOWN = 20
MODES = ("mean", "vote", "calibrated", "examples", "mixed")
MODE_HELP = "how templates are put together; examples and mixed where some were drawn"


def add_to(commands: Group) -> None:
    """Add the commands of this group."""
    group = commands.group("prompts", "Test prompts like an experiment.")
    _add_test(group)
    optimize_command.add_to(group)
    compare = group.command("compare", "Compare two saved tests item by item.", _compare)
    compare.add_argument("first", metavar="A")
    compare.add_argument("second", metavar="B")
    compare.add_argument("--mode", default="mean", choices=MODES, help=MODE_HELP)
    compare.add_argument("--seed", type=at_least(0), default=0, metavar="N")
    _add_instructions(group)
    _add_experiments(group.group("experiments", "Look at saved tests."))
    prompt_set_commands.add_to(group)
    pattern_commands.add_to(group)
    embedding_prompt_commands.add_to(group)
    inner_commands.add_to(group)
    preset_commands.add_to(group)


def _add_test(group: Group) -> None:
    test = group.command("test", "Classify labelled rows by words for their classes.", _test)
    add_labelled_options(test)
    add = test.add_argument
    add("--pool", default="", metavar="CORPUS", help="unlabelled rows to calibrate by")
    top_k_help = "depths of the top-k accuracy"
    add("--top-k", nargs="+", type=at_least(1), default=[3, 5], metavar="K", help=top_k_help)
    scale_help = "times the cosine before the softmax; 0 for the encoder's own"
    add("--scale", type=positive, default=0.0, metavar="X", help=scale_help)
    near_help = "tell classes at least so near that are taken for each other"
    add("--synonym-cosine", type=share, default=0.8, metavar="X", help=near_help)
    shots_help = "hold out so many examples of each class, and classify the others by them too"
    add("--shots", type=at_least(0), default=0, metavar="K", help=shots_help)
    beta_help = "weight of the examples beside the words"
    add("--beta", type=positive, default=1.0, metavar="X", help=beta_help)
    add("--search", action="store_true", help="look for a better set of templates, on one half")
    add("--save", default="", metavar="NAME", help="save the experiment under this name")


def _add_instructions(group: Group) -> None:
    told = "Compare instructions for retrieval on judged queries."
    instructions = group.command("instructions", told, _instructions)
    add = instructions.add_argument
    add("corpus", metavar="CORPUS")
    add("--encoder", default="starter", metavar="E")
    file_help = "one a line, query<TAB>document; a hyphen stands for none"
    add("--instructions", required=True, metavar="FILE", help=file_help)
    add("--split", default="", help="which judgements; test if there are some")
    add("-k", type=at_least(1), default=10, help="depth of nDCG")
    add("--save", default="", metavar="NAME", help="save the experiment under this name")


def _add_experiments(group: Group) -> None:
    group.command("list", "List the saved tests.", _list)
    show = group.command("show", "Show a saved test.", _show)
    show.add_argument("name", metavar="NAME")
    cell_help = "the rows behind a cell of the confusion matrix, by labels"
    show.add_argument(
        "--cell", nargs=2, default=None, metavar=("TRUE", "PREDICTED"), help=cell_help
    )
    show.add_argument("--mode", default="mean", choices=MODES, help=f"of the cell: {MODE_HELP}")
    export = group.command("table", "Write saved tests as a table.", _table)
    export.add_argument("names", nargs="+", metavar="NAME")
    export.add_argument("--form", default=LATEX, choices=list(TITLES), help="latex without it")
    delete = group.command("delete", "Move a saved test to the trash.", _delete)
    delete.add_argument("name", metavar="NAME")


def _test(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.workflows.score_prompts import ScorePrompts

    result = session.perform(
        ScorePrompts(
            **labelled_choices(arguments, session),
            pool=arguments.pool,
            top_k=tuple(arguments.top_k),
            scale=arguments.scale,
            synonym_cosine=arguments.synonym_cosine,
            shots=arguments.shots,
            beta=arguments.beta,
            searches=arguments.search,
            save=arguments.save,
        )
    )
    return Answer(result, _describe(result))


def _describe(result: dict[str, Any]) -> str:
    heading = (
        f"{result['encoder']} on {result['corpus']}: {_items(result)}, "
        f"{count(len(result['classes']), 'class', 'classes')}, "
        f"{count(len(result['templates']), 'template')}"
    )
    figures = [("accuracy", result["accuracy"], *result["accuracy_ci"])]
    figures += [("macro F1", result["macro_f1"], *result["macro_f1_ci"])]
    figures += [(f"top {it['k']}", it["accuracy"], *it["accuracy_ci"]) for it in result["top_k"]]
    modes = [
        (it["mode"], it["accuracy"], *it["accuracy_ci"], it.get("verdict", ""))
        for it in result["modes"]
    ]
    templates = [
        (it["accuracy"], *it["accuracy_ci"], it["contribution"], it["template"])
        for it in result["templates"]
    ]
    ways = result["confidence"]
    confidence = [
        (name.replace("_", ", "), item["ece"], item["log_loss"], item["temperature"])
        for name, item in ways.items()
        if isinstance(item, dict)
    ]
    interval = ("95 % from", "to")
    parts = [
        heading,
        table(("Figure", "Value", *interval), figures, ""),
        table(("Classified by", "Accuracy", *interval, "Against the mean"), modes, ""),
        table(("Accuracy", *interval, "Contribution", "Template alone"), templates, ""),
        table(("Confidence", "ECE", "Log loss", "Temperature"), confidence, ""),
        *_remarks(result),
    ]
    return "\n\n".join(parts)


def _items(result: dict[str, Any]) -> str:
    """Return how many items were judged, and of how many."""
    few_shot = result.get("few_shot")
    n_drawn = result["n"] + (few_shot["n_examples"] if few_shot else 0)
    if n_drawn < result["n_labelled"]:
        return f"{result['n']:,} of {count(result['n_labelled'], 'labelled row')}"
    return count(result["n"], "item")


def _remarks(result: dict[str, Any]) -> list[str]:
    few_shot = result.get("few_shot")
    remarks = []
    if few_shot:
        remarks.append(
            f"{count(few_shot['n_examples'], 'example')}, at most {few_shot['shots']} of each "
            f"class. {few_shot['note']}"
        )
    remarks += [
        f"{it['first']} and {it['second']} are near synonyms (cosine {it['cosine']:.2f}) and taken "
        "for each other."
        for it in result["near_synonyms"][:5]
    ]
    search = result.get("search")
    if search:
        remarks.append(
            f"{search['note']} {count(len(search['chosen']), 'template')} chosen, accuracy "
            f"{search['accuracy']:.4f}, with all {search['all_accuracy']:.4f}: {search['verdict']}."
        )
    if result["experiment"]:
        remarks.append(f"Saved as {result['experiment']}.")
    return remarks


def _compare(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.workflows.compare_prompts import ComparePrompts

    result = session.perform(
        ComparePrompts(arguments.first, arguments.second, arguments.mode, arguments.seed)
    )
    low, high = result["difference_ci"]
    facts = {
        result["first"]: result["first_accuracy"],
        result["second"]: result["second_accuracy"],
        "difference": f"{result['difference']:+.4f} (95 % from {low:+.4f} to {high:+.4f})",
        "McNemar p": result["p_value"],
        "verdict": result["verdict"],
    }
    changes = [
        (str(it["row"]), it["label"], it["first"], it["second"])
        for it in result["changes"][:CHANGES_SHOWN]
    ]
    told = (
        f"{count(result['n'], 'item')}: {result['n_gained']:,} gained, {result['n_lost']:,} lost, "
        f"{result['n_changed']:,} changed"
    )
    listed = table(("Row", "Label", "First", "Second"), changes, "No item changes.")
    return Answer(result, f"{told}\n\n{details(facts)}\n\n{listed}")


def _instructions(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.prompts.choices import instructions_in
    from embedding_lab.workflows.compare_instructions import CompareInstructions

    queries, documents = instructions_in(Path(arguments.instructions).expanduser())
    if documents and len(documents) != len(queries):
        raise WrongUseError(
            "Some lines have an instruction for documents and some have none.",
            hint="Write a tab and one for documents in each line, or in none.",
        )
    result = session.perform(
        CompareInstructions(
            arguments.corpus,
            arguments.encoder,
            queries,
            documents,
            split=arguments.split,
            k=arguments.k,
            save=arguments.save,
        )
    )
    rows = [
        (it["score"], *it["score_ci"], it.get("p_value"), it.get("verdict", ""), it["query"] or "-")
        for it in result["instructions"]
    ]
    headers = (f"nDCG@{result['k']}", "95 % from", "to", "p", "Against the first", "Query")
    heading = f"{result['encoder']} on {result['corpus']}, {count(result['n'], 'query', 'queries')}"
    return Answer(result, f"{heading}\n\n{table(headers, rows, '')}")


def _list(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.prompts.experiments import ExperimentStore

    with session.open() as workspace:
        manifests = [item.manifest for item in ExperimentStore(workspace).list()]
    rows = [
        (it.name, it.kind, it.corpus, it.encoder, it.n, it.score, moment(it.created))
        for it in manifests
    ]
    headers = ("Name", "Kind", "Corpus", "Encoder", "Items", "Score", "Saved")
    value = {"experiments": [asdict(item) for item in manifests]}
    return Answer(value, table(headers, rows, "Nothing is saved yet; test with --save NAME."))


def _show(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.prompts.experiments import ExperimentStore

    with session.open() as workspace:
        experiment = ExperimentStore(workspace).get(arguments.name)
        if arguments.cell:
            return _cell(experiment, arguments.cell, arguments.mode)
    result = experiment.result()
    facts = asdict(experiment.manifest)
    shown = {**facts, "created": moment(facts["created"])}
    return Answer({**facts, "result": result}, details(shown))


def _cell(experiment: Experiment, cell: list[str], mode: str) -> Answer:
    from embedding_lab.errors import UsageError, did_you_mean
    from embedding_lab.prompts.comparison import require_mode
    from embedding_lab.prompts.experiments import PROMPTS, rows_of_cell

    if experiment.manifest.kind != PROMPTS:
        raise UsageError(f"{experiment.manifest.name} has no confusion matrix.")
    labels = [item["label"] for item in experiment.result()["classes"]]
    true, predicted = cell
    for label in (true, predicted):
        if label not in labels:
            hint = did_you_mean(label, labels, "Its classes")
            raise UsageError(f"The experiment has no class {label}.", hint=hint)
    items = require_mode(experiment, mode)
    rows = rows_of_cell(items, labels.index(true), labels.index(predicted), mode).tolist()
    text = " ".join(map(str, rows)) if rows else "No row is in this cell."
    return Answer({"true": true, "predicted": predicted, "rows": rows}, text)


def _table(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.prompts.experiments import ExperimentStore
    from embedding_lab.prompts.tables import experiments_table

    form = arguments.form
    with session.open() as workspace:
        store = ExperimentStore(workspace)
        text = experiments_table([store.get(name) for name in arguments.names], form)
    return Answer({form: text}, text)


def _delete(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.prompts.experiments import ExperimentStore

    with session.open_to_write() as workspace:
        store = ExperimentStore(workspace)
        experiment = store.get(arguments.name)
        store.delete(experiment)
    name = experiment.manifest.name
    return Answer({"deleted": name}, f"Moved {name} to the trash.")
