"""``embedding-lab prompts presets``: embedding prompts by name, and keeping one's own."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from embedding_lab.cli.answer import Answer, one_line, table
from embedding_lab.cli.embedding_prompt_commands import add_texts

if TYPE_CHECKING:
    from argparse import Namespace

    from embedding_lab.cli.parser import Group
    from embedding_lab.cli.session import Session


def add_to(group: Group) -> None:
    """Add the commands to the group ``prompts``."""
    presets = group.group("presets", "Embedding prompts by name.")
    presets.command("list", "List them, those of the workspace too.", _list)
    save = presets.command("save", "Keep one of your own in the workspace.", _save)
    add = save.add_argument
    add("name", metavar="NAME")
    add("--preset", default="none", metavar="P", help="the one that it is made from")
    add_texts(save)
    delete = presets.command("delete", "Move one of your own to the trash.", _delete)
    delete.add_argument("name", metavar="NAME")


def _list(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.embedding_prompts.store import EmbeddingPromptStore

    del arguments
    with session.open() as workspace:
        store = EmbeddingPromptStore(workspace)
        own, known = store.own(), store.all()
    found = [
        {"name": name, "is_own": name in own, "texts": asdict(prompt)}
        for name, prompt in known.items()
    ]
    rows = [
        (
            name,
            "own" if name in own else "preset",
            one_line(prompt.query_text),
            one_line(prompt.document_text),
            one_line(prompt.query_system),
        )
        for name, prompt in known.items()
    ]
    headers = ("Name", "Kind", "Behind a query", "Behind a document", "System text of queries")
    return Answer({"prompts": found}, table(headers, rows, ""))


def _save(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.embedding_prompts.store import EmbeddingPromptStore

    with session.open_to_write() as workspace:
        store = EmbeddingPromptStore(workspace)
        prompt = store.get(arguments.preset, dict(arguments.values))
        store.save(arguments.name, prompt)
    value = {"name": arguments.name, "texts": asdict(prompt)}
    return Answer(value, f"Saved the embedding prompt {arguments.name}.")


def _delete(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.embedding_prompts.store import EmbeddingPromptStore

    with session.open_to_write() as workspace:
        EmbeddingPromptStore(workspace).delete(arguments.name)
    text = f"Moved {arguments.name} to the trash; `embedding-lab workspace trash` brings it back."
    return Answer({"deleted": arguments.name}, text)
