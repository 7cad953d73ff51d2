"""``embedding-lab prompts patterns``: the library of prompt patterns and sets of templates."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from embedding_lab.cli.answer import Answer, count, details, table
from embedding_lab.cli.parser import add_values

if TYPE_CHECKING:
    from argparse import Namespace

    from embedding_lab.cli.parser import Group
    from embedding_lab.cli.session import Session
    from embedding_lab.prompts.patterns import Pattern


def add_to(commands: Group) -> None:
    """Add the commands of this group."""
    group = commands.group("patterns", "Look up prompt patterns and fill them in.")
    group.command("list", "List the patterns and the sets of templates.", _list)
    imported = group.command("import", "Take patterns of a file into the workspace.", _import)
    imported.add_argument("file", metavar="FILE", help="JSON as exported, or TOML")
    export = group.command("export", "Write patterns to a file.", _export)
    export.add_argument("ids", nargs="*", metavar="ID", help="your own ones without any")
    export.add_argument("--to", required=True, metavar="FILE")
    keep = group.command("keep", "Keep templates as a pattern.", _keep)
    keep.add_argument("title", metavar="TITLE")
    keep.add_argument("--templates", required=True, metavar="FILE", help="one a line with {}")
    keep.add_argument("--idea", default="", metavar="TEXT", help="what it is for")
    delete = group.command("delete", "Move a pattern of your own to the trash.", _delete)
    delete.add_argument("id", metavar="ID")
    show = group.command("show", "Show a pattern.", _show)
    show.add_argument("id", metavar="ID")
    render = group.command("render", "Fill in a pattern and print the prompt.", _render)
    render.add_argument("id", metavar="ID")
    add_values(render, "a value for a slot", "SLOT=VALUE")


def _list(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.prompts.bundled import template_sets

    patterns = _patterns(session)
    rows = [
        (item.id, item.area, item.embedding_use, ", ".join(item.needs), item.title)
        for item in patterns.values()
    ]
    sets = [(f"@{it.name}", len(it.templates), it.summary) for it in template_sets().values()]
    text = table(("ID", "Area", "With an encoder", "Needs", "Pattern"), rows, "")
    text += "\n\n" + table(("Set", "Templates", "For"), sets, "")
    value = {
        "patterns": [item.to_record() for item in patterns.values()],
        "template_sets": [asdict(item) for item in template_sets().values()],
    }
    return Answer(value, text)


def _show(arguments: Namespace, session: Session) -> Answer:
    found = _pattern(session, arguments.id)
    facts = {
        "pattern": found.title,
        "area": f"{found.area}, {found.year}",
        "idea": found.idea,
        "needs": ", ".join(found.needs),
        "with an encoder": found.embedding_use,
        "calls": found.cost,
        "limits": found.limits,
        "source": found.source,
    }
    slots = [(it.name, it.kind, it.required, it.help) for it in found.slots]
    prompts = [found.template] if found.template else [step.template for step in found.steps]
    listed = table(("Slot", "Kind", "Required", "What goes there"), slots, "")
    return Answer(found.to_record(), "\n\n".join([details(facts), listed, *prompts]))


def _render(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.prompts.patterns import render_pattern

    steps = render_pattern(_pattern(session, arguments.id), dict(arguments.values))
    value = {"pattern": arguments.id, "steps": [asdict(step) for step in steps]}
    return Answer(value, "\n\n---\n\n".join(step.text for step in steps))


def _import(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.prompts.own_prompts import PatternStore
    from embedding_lab.prompts.pattern_file import read_patterns

    found = read_patterns(Path(arguments.file).expanduser())
    with session.open_to_write() as workspace:
        PatternStore(workspace).add(found)
    return Answer(
        {"imported": [item.id for item in found]}, f"Imported {count(len(found), 'pattern')}."
    )


def _export(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.errors import UsageError
    from embedding_lab.prompts.own_prompts import PatternStore
    from embedding_lab.prompts.pattern_file import write_patterns

    with session.open() as workspace:
        store = PatternStore(workspace)
        found = [store.get(name) for name in arguments.ids] or list(store.own())
    if not found:
        raise UsageError("There is no pattern of your own.", hint="Name those to export.")
    path = Path(arguments.to).expanduser()
    write_patterns(path, found)
    return Answer(
        {"path": str(path), "exported": [item.id for item in found]},
        f"Wrote {count(len(found), 'pattern')} to {path}.",
    )


def _keep(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.prompts.choices import templates_named
    from embedding_lab.prompts.own_prompts import PatternStore
    from embedding_lab.prompts.pattern_file import pattern_of

    made = pattern_of(arguments.title, templates_named(arguments.templates), arguments.idea)
    with session.open_to_write() as workspace:
        PatternStore(workspace).add([made])
    return Answer(made.to_record(), f"Kept as {made.id}.")


def _delete(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.prompts.own_prompts import PatternStore

    with session.open_to_write() as workspace:
        PatternStore(workspace).delete(arguments.id)
    return Answer({"deleted": arguments.id}, f"Moved {arguments.id} to the trash.")


def _patterns(session: Session) -> dict[str, Pattern]:
    """Return all patterns by id; without a workspace those that come with the program."""
    from embedding_lab.errors import WorkspaceError
    from embedding_lab.prompts.bundled import patterns
    from embedding_lab.prompts.own_prompts import PatternStore

    try:
        with session.open() as workspace:
            found = PatternStore(workspace).list()
    except WorkspaceError:
        found = patterns()
    return {item.id: item for item in found}


def _pattern(session: Session, name: str) -> Pattern:
    from embedding_lab.prompts.bundled import pattern

    return _patterns(session).get(name) or pattern(name)
