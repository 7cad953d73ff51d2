"""``embedding-lab subset``: rows of a corpus kept under names."""

from __future__ import annotations

from argparse import ArgumentTypeError
from itertools import chain
from typing import TYPE_CHECKING, Any

from embedding_lab.cli.answer import Answer, count, moment, table

if TYPE_CHECKING:
    from argparse import Namespace

    from embedding_lab.cli.parser import Group
    from embedding_lab.cli.session import Session
    from embedding_lab.workspace.subsets import Subset


def add_to(commands: Group) -> None:
    """Add the commands of this group."""
    group = commands.group("subset", "Keep rows of a corpus under names.")
    save = group.command("save", "Keep rows under a name.", _save)
    save.add_argument("corpus", metavar="CORPUS")
    save.add_argument("name", metavar="NAME")
    which = save.add_mutually_exclusive_group(required=True)
    which.add_argument("--filter", default="", metavar="EXPR", help="the rows that fit")
    which.add_argument("--rows", type=_rows, metavar="ROWS", help="these, such as 3,7,10-20")
    listed = group.command("list", "List the subsets of a corpus.", _list)
    listed.add_argument("corpus", metavar="CORPUS")
    show = group.command("show", "Show which rows a subset holds.", _show)
    delete = group.command("delete", "Forget a subset; its rows stay.", _delete)
    for command in (show, delete):
        command.add_argument("corpus", metavar="CORPUS")
        command.add_argument("name", metavar="NAME")


def _rows(text: str) -> list[range]:
    found: list[range] = []
    for part in text.split(","):
        first, sign, last = part.strip().partition("-")
        if (
            not first.isdecimal()
            or (sign and not last.isdecimal())
            or int(last or first) < int(first)
        ):
            raise ArgumentTypeError(f"expected row numbers such as 3,7,10-20, found {text}")
        found.append(range(int(first), int(last or first) + 1))
    return found


def _save(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.search.filters import rows_that_fit

    with session.open_to_write() as workspace:
        corpus = workspace.corpus(arguments.corpus)
        if arguments.rows is None:
            rows = rows_that_fit(corpus, arguments.filter).nonzero()[0].tolist()
        else:
            # One row outside is enough to refuse a range, however long it is.
            parts = (part[: corpus.n_rows + 1] for part in arguments.rows)
            rows = list(chain.from_iterable(parts))
        subset = corpus.subsets.save(arguments.name, rows, n_rows=corpus.n_rows)
    text = f"Kept {count(len(subset.rows), 'row')} of {corpus.name} as {subset.name}."
    return Answer({"corpus": corpus.name, **_record(subset)}, text)


def _list(arguments: Namespace, session: Session) -> Answer:
    with session.open() as workspace:
        corpus = workspace.corpus(arguments.corpus)
        subsets = corpus.subsets.list()
    rows = [(subset.name, len(subset.rows), moment(subset.created)) for subset in subsets]
    text = table(("Subset", "Rows", "Made"), rows, f"{corpus.name} has no subsets.")
    return Answer({"corpus": corpus.name, "subsets": [_record(item) for item in subsets]}, text)


def _show(arguments: Namespace, session: Session) -> Answer:
    with session.open() as workspace:
        corpus = workspace.corpus(arguments.corpus)
        subset = corpus.subsets.get(arguments.name)
    record = _record(subset) | {"row_numbers": list(subset.rows)}
    return Answer(record, "\n".join(map(str, subset.rows)))


def _delete(arguments: Namespace, session: Session) -> Answer:
    with session.open_to_write() as workspace:
        subset = workspace.corpus(arguments.corpus).subsets.delete(arguments.name)
    return Answer({"deleted": subset.name}, f"Forgot the subset {subset.name}; its rows stay.")


def _record(subset: Subset) -> dict[str, Any]:
    return {"subset": subset.name, "rows": len(subset.rows), "created": subset.created}
