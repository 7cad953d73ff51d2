"""``embedding-lab methods``: the research methods, from their cards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab.cli.answer import Answer, table

if TYPE_CHECKING:
    from argparse import Namespace

    from embedding_lab.cli.parser import Group
    from embedding_lab.cli.session import Session


def add_to(commands: Group) -> None:
    """Add the commands of this group."""
    group = commands.group("methods", "Look up research methods; no workspace is needed.")
    listed = group.command("list", "List the methods.", _list)
    listed.add_argument("--family", default="", metavar="F", help="those of one family only")
    show = group.command("show", "Show all that is known of a method.", _show)
    show.add_argument("id", metavar="ID")


def _list(arguments: Namespace, _session: Session) -> Answer:
    from embedding_lab.registry.registry import Registry, family_title

    cards = Registry().list(arguments.family)
    rows = [(card.id, card.title, family_title(card.family), card.verdicts) for card in cards]
    text = table(("Name", "Title", "Family", "Against baselines"), rows, "No methods.")
    return Answer({"methods": [card.to_record() for card in cards]}, text)


def _show(arguments: Namespace, _session: Session) -> Answer:
    from embedding_lab.registry.markdown import card_markdown
    from embedding_lab.registry.registry import Registry

    card = Registry().get(arguments.id)
    return Answer(card.to_record(), card_markdown(card).rstrip())
