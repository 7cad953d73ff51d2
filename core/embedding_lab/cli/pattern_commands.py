"""``embedding-lab prompts patterns``: the library of prompt patterns and sets of templates."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from embedding_lab.cli.answer import Answer, details, table
from embedding_lab.cli.parser import assignment

if TYPE_CHECKING:
    from argparse import Namespace

    from embedding_lab.cli.parser import Group
    from embedding_lab.cli.session import Session


def add_to(commands: Group) -> None:
    """Add the commands of this group."""
    group = commands.group("patterns", "Look up prompt patterns and fill them in.")
    group.command("list", "List the patterns and the sets of templates.", _list)
    show = group.command("show", "Show a pattern.", _show)
    show.add_argument("id", metavar="ID")
    render = group.command("render", "Fill in a pattern and print the prompt.", _render)
    render.add_argument("id", metavar="ID")
    render.add_argument(
        "--set",
        type=assignment,
        action="append",
        default=[],
        metavar="SLOT=VALUE",
        dest="values",
        help="a value for a slot; may be repeated",
    )


def _list(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.prompts.bundled import patterns, template_sets

    rows = [
        (item.id, item.area, item.embedding_use, ", ".join(item.needs), item.title)
        for item in patterns()
    ]
    sets = [(f"@{it.name}", len(it.templates), it.summary) for it in template_sets().values()]
    text = table(("ID", "Area", "With an encoder", "Needs", "Pattern"), rows, "")
    text += "\n\n" + table(("Set", "Templates", "For"), sets, "")
    value = {
        "patterns": [item.to_record() for item in patterns()],
        "template_sets": [asdict(item) for item in template_sets().values()],
    }
    return Answer(value, text)


def _show(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.prompts.bundled import pattern

    found = pattern(arguments.id)
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
    from embedding_lab.prompts.bundled import pattern
    from embedding_lab.prompts.patterns import render_pattern

    steps = render_pattern(pattern(arguments.id), dict(arguments.values))
    value = {"pattern": arguments.id, "steps": [asdict(step) for step in steps]}
    return Answer(value, "\n\n---\n\n".join(step.text for step in steps))
