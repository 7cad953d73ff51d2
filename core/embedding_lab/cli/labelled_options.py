"""The options of every command that classifies labelled rows by words for their classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from embedding_lab.cli.parser import at_least
from embedding_lab.types import Modality

if TYPE_CHECKING:
    from argparse import Namespace

    from embedding_lab.cli.parser import Parser
    from embedding_lab.cli.session import Session


def add_labelled_options(command: Parser) -> None:
    """Add the corpus and the options that :func:`labelled_choices` reads."""
    add = command.add_argument
    add("corpus", metavar="CORPUS")
    add("--encoder", default="starter", metavar="E")
    classes_help = "one class a line, label<TAB>name; @label for the labels of the corpus"
    add("--classes", default="@label", metavar="FILE", help=classes_help)
    templates_help = "one a line with {}; @news and others are bundled"
    add("--templates", default="", metavar="FILE", help=templates_help)
    prompts_help = "a saved prompt set, in place of --classes and --templates"
    add("--prompt-set", default="", metavar="NAME", help=prompts_help)
    modalities = [modality.value for modality in Modality]
    add("--modality", default="", choices=modalities, help="what is classified of a row")
    add("--filter", default="", metavar="EXPR", help="which rows, such as: year > 2001")
    add("--sample", type=at_least(1), default=0, metavar="N", help="so many rows at random")
    add("--prompt", default=None, metavar="TEXT", help="put before every class text")
    add("--seed", type=at_least(0), default=0, metavar="N")


def labelled_choices(arguments: Namespace, session: Session) -> dict[str, Any]:
    """Return what was chosen, as fields of :class:`~embedding_lab.workflows.labelled_choices`."""
    return {
        **_prompts(arguments, session),
        "corpus": arguments.corpus,
        "encoder": arguments.encoder,
        "modality": arguments.modality,
        "filter": arguments.filter,
        "sample": arguments.sample,
        "prompt": arguments.prompt,
        "seed": arguments.seed,
    }


def _prompts(arguments: Namespace, session: Session) -> dict[str, Any]:
    from embedding_lab.prompts.choices import classes_named, templates_named
    from embedding_lab.prompts.own_prompts import PromptSetStore

    if arguments.prompt_set:
        with session.open() as workspace:
            return PromptSetStore(workspace).get(arguments.prompt_set)
    return {
        "classes": classes_named(arguments.classes),
        "templates": templates_named(arguments.templates),
    }
