"""``embedding-lab prompts sets``: classes and templates that were kept under a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab.cli.answer import Answer, table

if TYPE_CHECKING:
    from argparse import Namespace

    from embedding_lab.cli.parser import Group
    from embedding_lab.cli.session import Session


def add_to(commands: Group) -> None:
    """Add the commands of this group."""
    group = commands.group("sets", "Look at saved prompt sets.")
    group.command("list", "List the saved prompt sets.", _list)
    show = group.command("show", "Show the classes and templates of a set.", _show)
    show.add_argument("name", metavar="NAME")
    export = group.command("export", "Write a set to a folder.", _export)
    export.add_argument("name", metavar="NAME")
    export.add_argument("--to", required=True, metavar="FOLDER")
    delete = group.command("delete", "Move a set to the trash.", _delete)
    delete.add_argument("name", metavar="NAME")


def _list(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.prompts.own_prompts import PromptSetStore

    with session.open() as workspace:
        names = PromptSetStore(workspace).names()
    text = "\n".join(names) or "No prompt set is saved yet; search with --save NAME."
    return Answer({"prompt_sets": names}, text)


def _show(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.prompts.own_prompts import PromptSetStore

    with session.open() as workspace:
        found = PromptSetStore(workspace).get(arguments.name)
    classes = [(it["label"], it["name"], "; ".join(it["descriptions"])) for it in found["classes"]]
    listed = table(("Label", "Words", "Descriptions"), classes, "")
    templates = "\n".join(found["templates"])
    return Answer({"name": arguments.name, **found}, f"{listed}\n\n{templates}")


def _export(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.prompts.own_prompts import PromptSetStore
    from embedding_lab.prompts.prompt_set import write_prompt_set

    with session.open() as workspace:
        folder = write_prompt_set(PromptSetStore(workspace).get(arguments.name), arguments.to)
    return Answer({"folder": str(folder)}, f"Written to {folder}.")


def _delete(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.prompts.own_prompts import PromptSetStore

    with session.open_to_write() as workspace:
        PromptSetStore(workspace).delete(arguments.name)
    return Answer({"deleted": arguments.name}, f"Moved {arguments.name} to the trash.")
