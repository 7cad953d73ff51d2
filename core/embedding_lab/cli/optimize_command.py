"""``embedding-lab prompts optimize``: searching prompts with a few labelled rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from embedding_lab.cli.answer import Answer, count, table
from embedding_lab.cli.labelled_options import add_labelled_options, labelled_choices
from embedding_lab.cli.parser import add_values, at_least

if TYPE_CHECKING:
    from argparse import Namespace

    from embedding_lab.cli.parser import Group
    from embedding_lab.cli.session import Session

PROMPTS_SHOWN = 20


def add_to(group: Group) -> None:
    """Add the command to the group ``prompts``."""
    optimize = group.command("optimize", "Search prompts with a few labelled rows.", _optimize)
    add_labelled_options(optimize)
    add = optimize.add_argument
    add("--method", default="proapo", metavar="ID", help="see methods list")
    add_values(optimize, "a parameter of the method")
    add("--shots", type=at_least(1), default=16, metavar="K", help="examples of each class")
    save_help = "keep the found prompts as a prompt set of this name"
    add("--save", default="", metavar="NAME", help=save_help)
    add("--to", default="", metavar="FOLDER", help="write the classes and templates found")


def _optimize(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.registry.registry import Registry
    from embedding_lab.workflows.optimize_prompts import OptimizePrompts

    card = Registry().get(arguments.method)
    result = session.perform(
        OptimizePrompts(
            **labelled_choices(arguments, session),
            method=card.id,
            parameters=card.parsed(dict(arguments.values)),
            shots=arguments.shots,
            to=arguments.to,
            save=arguments.save,
        )
    )
    return Answer(result, _describe(result))


def _describe(result: dict[str, Any]) -> str:
    heading = (
        f"{result['method_title']} with {result['encoder']} on {result['corpus']}: "
        f"{count(result['n_examples'], 'example')} to search on, "
        f"{count(result['n_held_out'], 'item')} to judge by, "
        f"{count(result['n_evaluated'], 'set')} tried"
    )
    found = {**result, "name": "found prompts"}
    scores = [
        (
            it["name"],
            it["train_accuracy"],
            it["accuracy"],
            *it["accuracy_ci"],
            it.get("difference"),
            it.get("p_value"),
            it.get("verdict", ""),
        )
        for it in (found, *result["baselines"])
    ]
    headers = ("Prompts", "Examples", "Others", "95 % from", "to", "Found less it", "p", "Found is")
    prompts = [
        (it["gain"], "yes" if it["is_chosen"] else "no", it.get("label", ""), text)
        for it in (*result["templates"], *result["descriptions"])
        for text in (it.get("template") or it["description"],)
    ]
    prompts.sort(key=lambda row: (row[1] == "no", -(row[0] or 0.0)))
    shown = table(("Gain", "Chosen", "Class", "Prompt"), prompts[:PROMPTS_SHOWN], "")
    return "\n\n".join([heading, table(headers, scores, ""), shown, *_remarks(result)])


def _remarks(result: dict[str, Any]) -> list[str]:
    remarks = list(result["warnings"])
    n_more = len(result["templates"]) + len(result["descriptions"]) - PROMPTS_SHOWN
    if n_more > 0:
        remarks.append(f"{count(n_more, 'further prompt')}: see --json.")
    if result["harmful"]:
        remarks.append(f"Harmful: {'; '.join(result['harmful'][:PROMPTS_SHOWN])}.")
    if result["classes_without_examples"]:
        names = ", ".join(result["classes_without_examples"][:PROMPTS_SHOWN])
        remarks.append(f"Without an example, so the search knows nothing of them: {names}.")
    if result["saved"]:
        remarks.append(f"Saved as {result['saved']}; test it with --prompt-set {result['saved']}.")
    if result["folder"]:
        remarks.append(f"Written to {result['folder']}.")
    return remarks
